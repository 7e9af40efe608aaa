import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { App } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { createStacks } from '../../lib/create-stacks.ts'
import { readStage } from '../../lib/stage.ts'
import { bundleFunctions } from '../../scripts/bundle.ts'
import { makeTempDir } from '../support/temp-dir.ts'

const cdk = JSON.parse(readFileSync('cdk.json', 'utf8')) as { context: Record<string, unknown> }

/** The templates of a stage of cdk.json, as `cdk synth` makes them. */
export async function synthesize(stage: 'dev' | 'prod') {
  const dir = await makeTempDir()
  const functions = join(dir.path, 'functions')
  await bundleFunctions(functions)
  const app = new App({ outdir: join(dir.path, 'cdk.out'), context: { ...cdk.context, stage } })
  const stacks = createStacks(
    app,
    readStage((key) => app.node.tryGetContext(key) as unknown),
    { functions },
  )
  return {
    data: Template.fromStack(stacks.data),
    application: Template.fromStack(stacks.application),
    [Symbol.asyncDispose]: dir[Symbol.asyncDispose],
  }
}
