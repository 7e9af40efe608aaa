import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { App, Stack } from 'aws-cdk-lib'
import type { StackSource } from '../../lib/checks/assembly.ts'
import { readStack } from '../../lib/checks/read-assembly.ts'
import { createStacks } from '../../lib/create-stacks.ts'
import { readStage } from '../../lib/stage.ts'
import { bundleFunctions } from '../../scripts/bundle.ts'
import { renderSite } from '../../scripts/render-site.ts'

const cdk = JSON.parse(readFileSync('cdk.json', 'utf8')) as { context: Record<string, unknown> }

/** The stacks of a stage as the CDK writes them, in a directory. */
export async function synthesizeSources(stage: string, directory: string): Promise<StackSource[]> {
  const assets = { functions: join(directory, 'functions'), site: join(directory, 'site') }
  await Promise.all([bundleFunctions(assets.functions), renderSite(assets.site)])
  const outdir = join(directory, 'cdk.out')
  const context = { ...cdk.context, stage }
  const app = new App({ outdir, context, builtinCloudFormationValidation: false })
  createStacks(
    app,
    readStage((key) => app.node.tryGetContext(key) as unknown),
    assets,
  )
  app.synth()
  return app.node.children.filter(Stack.isStack).map(({ node, templateFile }) =>
    readStack({
      stackConstructPath: node.path,
      templatePath: join(outdir, templateFile),
      accountId: undefined,
      region: undefined,
    }),
  )
}
