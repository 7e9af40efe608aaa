import { readFileSync, writeFileSync } from 'node:fs'
import { App, CloudFormationValidatePlugin, Stack } from 'aws-cdk-lib'
import { CfnInclude } from 'aws-cdk-lib/cloudformation-include'
import { AwsSolutionsChecks } from 'cdk-nag'
import { Assembly, type StackSource } from '../../lib/checks/assembly.ts'
import { applyRules, type Rule } from '../../lib/checks/rule.ts'
import { rulesFor } from '../../lib/checks/rules/index.ts'

/**
 * What looks at templates, and gives the findings that refuse a synthesis, as texts: one that was there before is the
 * same text. Warnings refuse nothing.
 */
export type Check = (stacks: readonly StackSource[]) => ReadonlySet<string>

const validator = new CloudFormationValidatePlugin()
const refuses = ({ severity }: { severity?: string | undefined }) => severity === 'error'

/** AWS's validator, as it runs at each synthesis. */
export const awsValidator: Check = (stacks) => {
  const stackTemplates = stacks.map(({ name, templatePath }) => {
    return { stackConstructPath: name, templatePath, accountId: undefined, region: undefined }
  })
  const { violations } = validator.validate({
    stackTemplates,
    templatePaths: stackTemplates.map(({ templatePath }) => templatePath),
    appConstruct: new App(),
  })
  return new Set(
    violations
      .filter(refuses)
      .flatMap(({ ruleName, description, violatingResources }) =>
        violatingResources.map(
          ({ resourceLogicalId }) => `${ruleName} ${resourceLogicalId}: ${description}`,
        ),
      ),
  )
}

/**
 * cdk-nag, which looks at constructs: they are made of the templates. Of one that the CDK itself refuses
 * to read it has nothing to say.
 */
export const cdkNag: Check = (stacks) => {
  const app = new App()
  for (const stack of stacks) include(app, stack)
  const { violations } = new AwsSolutionsChecks(app).validateScope(app)
  return new Set(
    violations
      .filter(refuses)
      .flatMap(({ ruleName, violatingResources }) =>
        violatingResources.map(({ constructPath }) => `${ruleName} ${constructPath}`),
      ),
  )
}

function include(app: App, { name, templatePath }: StackSource): CfnInclude | undefined {
  // The CDK does not read the one function by which our stacks read each other.
  const templateFile = `${templatePath}.for-nag.json`
  const text = JSON.stringify(JSON.parse(readFileSync(templatePath, 'utf8')))
  writeFileSync(
    templateFile,
    text.replaceAll(
      /\{"Fn::GetStackOutput":\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}\}/g,
      '"arn:aws:of:another:1:stack"',
    ),
  )
  try {
    return new CfnInclude(new Stack(app, name), 'Template', { templateFile })
  } catch {
    return undefined
  }
}

/** All of ours, as a protected stage has them. */
const ownRules = rulesFor({ isProtected: true, keepsData: true, releasesGradually: true })

export const ownChecks: Check = (stacks) => applyOwn(ownRules, stacks)

/** One of ours. */
export const ownCheck = (rule: string): Check => {
  const rules = ownRules.filter(({ id }) => id === rule)
  return (stacks) => applyOwn(rules, stacks)
}

function applyOwn(rules: readonly Rule[], stacks: readonly StackSource[]): ReadonlySet<string> {
  const findings = applyRules(rules, new Assembly(stacks))
  return new Set(
    findings.map(({ rule, resource, message }) => `${rule} ${resource?.id}: ${message}`),
  )
}
