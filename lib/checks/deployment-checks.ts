import type {
  IPolicyValidationContext,
  IPolicyValidationPlugin,
  PolicyValidationPluginReport,
} from 'aws-cdk-lib'
import { readAssembly } from './read-assembly.ts'
import { applyRules, type StageToCheck } from './rule.ts'
import { rulesFor } from './rules/index.ts'

/**
 * Finds what would break a deployment of this project and what neither AWS's validator nor cdk-nag sees. It runs at
 * every synthesis. A finding makes the synthesis fail, unless `Quick-Connect::<rule>` is acknowledged beside the
 * construct.
 */
export class DeploymentChecks implements IPolicyValidationPlugin {
  readonly name = 'Quick Connect'
  readonly #stage: StageToCheck

  constructor(stage: StageToCheck) {
    this.#stage = stage
  }

  validate(context: IPolicyValidationContext): PolicyValidationPluginReport {
    const findings = applyRules(rulesFor(this.#stage), readAssembly(context.stackTemplates))
    const [anyStack] = context.stackTemplates
    return {
      success: findings.length === 0,
      violations: findings.map(({ rule, resource, message }) => ({
        ruleName: rule,
        description: message,
        severity: 'error',
        violatingResources: [
          resource === undefined
            ? { constructPath: anyStack?.stackConstructPath ?? '', locations: [] }
            : {
                resourceLogicalId: resource.id,
                templatePath: resource.stack.source.templatePath,
                locations: [],
              },
        ],
      })),
    }
  }
}
