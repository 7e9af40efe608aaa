import { type App, Validations } from 'aws-cdk-lib'
import { AwsSolutionsChecks } from 'cdk-nag'
import { DeploymentChecks } from './checks/deployment-checks.ts'
import type { StageSettings } from './stage.ts'

/**
 * Adds our checks to each synthesis, beside AWS's own validation. A finding of any of them makes the synthesis fail.
 */
export function addChecks(app: App, stage: StageSettings): void {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new DeploymentChecks(stage))
}
