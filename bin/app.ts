import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { App } from 'aws-cdk-lib'
import { addChecks } from '../lib/add-checks.ts'
import { createStacks } from '../lib/create-stacks.ts'
import { readStage } from '../lib/stage.ts'
import { bundleFunctions } from '../scripts/bundle.ts'
import { renderSite } from '../scripts/render-site.ts'
import { ensureBuilt, tell } from '../scripts/web/build.ts'

const app = new App()
const stage = readStage((key) => app.node.tryGetContext(key))

const dist = join(fileURLToPath(new URL('..', import.meta.url)), 'dist')
const assets = { functions: join(dist, 'functions'), site: join(dist, 'site') }
await ensureBuilt({ onBuild: tell })
await Promise.all([bundleFunctions(assets.functions), renderSite(assets.site)])

addChecks(app, stage)
createStacks(app, stage, assets)
