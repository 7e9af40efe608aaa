import { readFileSync, writeFileSync } from 'node:fs'
import { App, CloudFormationValidatePlugin, Stack } from 'aws-cdk-lib'
import { CfnInclude } from 'aws-cdk-lib/cloudformation-include'
import { AwsSolutionsChecks } from 'cdk-nag'
import { Assembly, type StackSource } from '../../lib/checks/assembly.ts'
import { applyRules } from '../../lib/checks/rule.ts'
import { rulesFor } from '../../lib/checks/rules/index.ts'

/**
 * Checks templates, and returns the findings that make a synthesis fail, as texts. The same finding always has the same
 * text. Warnings are left out.
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
 * cdk-nag. It checks constructs, so they are made from the templates. It has no findings for a template that the CDK
 * itself refuses.
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
  // The CDK cannot read the function through which our stacks read each other's values.
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

/** Ours, as a protected stage has it. */
export const ownChecks: Check = (stacks) => {
  const findings = applyRules(
    rulesFor({ isProtected: true, keepsData: true, releasesGradually: true }),
    new Assembly(stacks),
  )
  return new Set(
    findings.map(({ rule, resource, message }) => `${rule} ${resource?.id}: ${message}`),
  )
}
