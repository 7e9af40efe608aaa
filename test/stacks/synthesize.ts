import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { App } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { createStacks } from '../../lib/create-stacks.ts'
import { readStage } from '../../lib/stage.ts'
import { bundleFunctions } from '../../scripts/bundle.ts'
import { renderSite } from '../../scripts/render-site.ts'
import { makeTempDir } from '../support/temp-dir.ts'

const cdk = JSON.parse(readFileSync('cdk.json', 'utf8')) as { context: Record<string, unknown> }

/**
 * The templates of a stage of cdk.json, as `cdk synth` makes them, but for AWS's own validation: it takes
 * most of the time, and runs where the whole command does (cdk-synth.test.ts).
 */
export async function synthesize(stage: 'dev' | 'prod') {
  await using dir = await makeTempDir()
  const assets = { functions: join(dir.path, 'functions'), site: join(dir.path, 'site') }
  await Promise.all([bundleFunctions(assets.functions), renderSite(assets.site)])
  const app = new App({
    outdir: join(dir.path, 'cdk.out'),
    context: { ...cdk.context, stage },
    builtinCloudFormationValidation: false,
  })
  const { data, application } = createStacks(
    app,
    readStage((key) => app.node.tryGetContext(key) as unknown),
    assets,
  )
  return { data: Template.fromStack(data), application: Template.fromStack(application) }
}
