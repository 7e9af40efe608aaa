import type {
  IPolicyValidationContext,
  IPolicyValidationPlugin,
  PolicyValidationPluginReport,
} from 'aws-cdk-lib'
import { readAssembly } from './read-assembly.ts'
import { applyRules, type StageToCheck } from './rule.ts'
import { rulesFor } from './rules/index.ts'

/**
 * What would break a deployment of this project, and neither AWS's validator nor cdk-nag sees. Runs at
 * every synthesis; a finding refuses it, unless it is acknowledged as `Quick-Connect::<rule>` beside
 * its construct.
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
