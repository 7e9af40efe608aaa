import { type App, Tags } from 'aws-cdk-lib'
import { AppStack } from './app-stack.ts'
import type { Assets } from './assets.ts'
import { DataStack } from './data-stack.ts'
import { EdgeStack } from './edge-stack.ts'
import { needsEdgeStack, type StageSettings } from './stage.ts'

/** The stacks of a stage, by life span: what has to outlive a mistake, and what can be made again. */
export function createStacks(app: App, stage: StageSettings, assets: Assets) {
  const name = (part: string) => `QuickConnect-${stage.name}-${part}`
  const env = { region: stage.region }
  const edge = needsEdgeStack(stage)
    ? new EdgeStack(app, name('Edge'), { stage, env: { region: 'us-east-1' } })
    : undefined
  const data = new DataStack(app, name('Data'), { stage, assets, env })
  const application = new AppStack(app, name('App'), { stage, assets, data, edge, env })
  Tags.of(app).add('quick-connect:stage', stage.name)
  return { data, application, edge }
}
