import { type App, Tags, Validations } from 'aws-cdk-lib'
import { AwsSolutionsChecks } from 'cdk-nag'
import { AppStack } from './app-stack.ts'
import type { Assets } from './assets.ts'
import { DataStack } from './data-stack.ts'
import type { StageSettings } from './stage.ts'

/** The stacks of a stage, by life span: what has to outlive a mistake, and what can be made again. */
export function createStacks(app: App, stage: StageSettings, assets: Assets) {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
  const name = (part: string) => `QuickConnect-${stage.name}-${part}`
  const data = new DataStack(app, name('Data'), { stage, assets })
  const application = new AppStack(app, name('App'), { stage, assets, data })
  Tags.of(app).add('quick-connect:stage', stage.name)
  return { data, application }
}
