import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { App, Stack, Token } from 'aws-cdk-lib'
import type { StackSource } from '../../lib/checks/assembly.ts'
import { readStack } from '../../lib/checks/read-assembly.ts'
import type { Assets } from '../../lib/assets.ts'
import { createStacks } from '../../lib/create-stacks.ts'
import { readStage } from '../../lib/stage.ts'
import { bundleFunctions } from '../../scripts/bundle.ts'
import { renderSite } from '../../scripts/render-site.ts'

const { context } = JSON.parse(readFileSync('cdk.json', 'utf8')) as {
  context: { stages: Record<string, object> }
}

/** Makes the assets for the stacks of every stage. */
export async function makeAssets(directory: string): Promise<Assets> {
  const assets = { functions: join(directory, 'functions'), site: join(directory, 'site') }
  await Promise.all([bundleFunctions(assets.functions), renderSite(assets.site)])
  return assets
}

/** Synthesizes the stacks of a stage of cdk.json as the CDK writes them, with other settings where they are given. */
export function synthesizeSources(
  stage: string,
  assets: Assets,
  outdir: string,
  settings: object = {},
): StackSource[] {
  const stages = { ...context.stages, [stage]: { ...context.stages[stage], ...settings } }
  const app = new App({
    outdir,
    context: { ...context, stages, stage },
    builtinCloudFormationValidation: false,
  })
  createStacks(
    app,
    readStage((key) => app.node.tryGetContext(key) as unknown),
    assets,
  )
  app.synth()
  return app.node.children.filter(Stack.isStack).map((stack) =>
    readStack({
      stackConstructPath: stack.node.path,
      templatePath: join(outdir, stack.templateFile),
      accountId: undefined,
      region: Token.isUnresolved(stack.region) ? undefined : stack.region,
    }),
  )
}
