import { type App, Validations } from 'aws-cdk-lib'
import { AwsSolutionsChecks } from 'cdk-nag'
import { DeploymentChecks } from './checks/deployment-checks.ts'
import type { StageSettings } from './stage.ts'

/** What every synthesis is looked at by, beside AWS's own validation: a finding of any refuses it. */
export function addChecks(app: App, stage: StageSettings): void {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new DeploymentChecks(stage))
}
