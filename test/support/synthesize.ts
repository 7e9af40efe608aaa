import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { App } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { functionEntries } from '../../functions/routes.ts'
import { createStacks } from '../../lib/create-stacks.ts'
import { readStage } from '../../lib/stage.ts'
import { makeTempDir } from './temp-dir.ts'

type Context = Record<string, unknown> & { stages: Record<string, Record<string, unknown>> }

const { context } = JSON.parse(readFileSync('cdk.json', 'utf8')) as { context: Context }

/**
 * The templates of a stage of cdk.json, with other settings as given, as `cdk synth` makes them, but of
 * functions (where no `code` is given for them) and pages that are empty, and unchecked: the real ones are where the whole command is run
 * (cdk-synth.test.ts).
 */
export async function synthesize(
  stage: 'dev' | 'prod',
  settings: Record<string, unknown> = {},
  code: Readonly<Record<string, string>> = {},
) {
  await using dir = await makeTempDir()
  const assets = { functions: join(dir.path, 'functions'), site: join(dir.path, 'site') }
  for (const name of Object.keys(functionEntries)) {
    await mkdir(join(assets.functions, name), { recursive: true })
    await writeFile(join(assets.functions, name, 'index.mjs'), code[name] ?? '')
  }
  await mkdir(assets.site)
  const stages = { [stage]: { ...context.stages[stage], ...settings } }
  const app = new App({
    outdir: join(dir.path, 'cdk.out'),
    context: { ...context, stages, stage },
    builtinCloudFormationValidation: false,
  })
  const { data, application, edge, cdnAlarms } = createStacks(
    app,
    readStage((key) => app.node.tryGetContext(key) as unknown),
    assets,
  )
  return {
    data: Template.fromStack(data),
    application: Template.fromStack(application),
    certificate: edge && Template.fromStack(edge.certificate),
    firewall: edge && Template.fromStack(edge.firewall),
    cdnAlarms: cdnAlarms && Template.fromStack(cdnAlarms),
  }
}
