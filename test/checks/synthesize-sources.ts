import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { App, Stack } from 'aws-cdk-lib'
import type { StackSource } from '../../lib/checks/assembly.ts'
import { readStack } from '../../lib/checks/read-assembly.ts'
import { createStacks } from '../../lib/create-stacks.ts'
import { readStage } from '../../lib/stage.ts'
import { bundleFunctions } from '../../scripts/bundle.ts'

const cdk = JSON.parse(readFileSync('cdk.json', 'utf8')) as { context: Record<string, unknown> }

/** The stacks of a stage as the CDK writes them, in a directory. */
export async function synthesizeSources(stage: string, directory: string): Promise<StackSource[]> {
  const functions = join(directory, 'functions')
  await bundleFunctions(functions)
  const outdir = join(directory, 'cdk.out')
  const app = new App({ outdir, context: { ...cdk.context, stage } })
  createStacks(
    app,
    readStage((key) => app.node.tryGetContext(key) as unknown),
    { functions },
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
