import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { App } from 'aws-cdk-lib'
import { createStacks } from '../lib/create-stacks.ts'
import { readStage } from '../lib/stage.ts'
import { bundleFunctions } from '../scripts/bundle.ts'

const functions = join(fileURLToPath(new URL('..', import.meta.url)), 'dist', 'functions')
await bundleFunctions(functions)

const app = new App()
createStacks(
  app,
  readStage((key) => app.node.tryGetContext(key)),
  { functions },
)
