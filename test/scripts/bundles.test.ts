import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { functionEntries, type FunctionName } from '../../functions/routes.ts'
import { bundle, bundleFunctions, type Bundles } from '../../scripts/bundle.ts'
import { bundleContents, checkBundles, commandsIn } from '../../scripts/bundle-contents.ts'
import { projectRoot } from '../../src/local/project-root.ts'

/** A directory below the project, where Node finds packages. */
async function makeDir() {
  const dist = join(projectRoot, 'dist')
  await mkdir(dist, { recursive: true })
  const path = await mkdtemp(join(dist, 'test-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
}

let bundles: Bundles
beforeAll(async () => {
  const dir = await makeDir()
  bundles = await bundleFunctions(join(dir.path, 'functions'))
  return () => dir[Symbol.asyncDispose]()
})

const statements = [
  'BeginTransaction',
  'CommitTransaction',
  'ExecuteStatement',
  'RollbackTransaction',
]
const database = statements.map((name) => `client-rds-data/${name}Command`)
const sending = [...database, 'client-apigatewaymanagementapi/PostToConnectionCommand']
const closing = 'client-apigatewaymanagementapi/DeleteConnectionCommand'
const telling = [...sending, 'client-sqs/SendMessageBatchCommand']
const secret = 'client-secrets-manager/GetSecretValueCommand'

/** What each function can ask of AWS. Its role must allow exactly that. */
const commands: Readonly<Record<FunctionName, readonly string[]>> = {
  api: [...telling, closing, secret],
  admin: [...telling, closing, secret],
  connect: [...telling, secret],
  disconnect: sending,
  sendmessage: [...telling, closing],
  frame: [...telling, closing],
  'fan-out': [...sending, closing],
  migrate: [...database, secret],
  'rotate-jwt-keys': [
    'client-secrets-manager/DescribeSecretCommand',
    secret,
    'client-secrets-manager/PutSecretValueCommand',
    'client-secrets-manager/UpdateSecretVersionStageCommand',
  ],
}

describe('the bundles of the functions', () => {
  it('have code of the listed packages only, and keep to their size', () => {
    expect(checkBundles(bundles, bundleContents)).toEqual([])
  })

  it.each(Object.entries(commands))('%s can send exactly these commands', (name, expected) => {
    const found = commandsIn(bundles, name).map(({ client, command }) => `${client}/${command}`)
    expect(found.toSorted()).toEqual(expected.toSorted())
  })

  it('load in an empty environment, each with its handler', async () => {
    for (const file of Object.values(bundles.files)) {
      const script = `import(${JSON.stringify(pathToFileURL(file).href)}).then((m) => console.log(typeof m.handler))`
      const { stdout, stderr } = await promisify(execFile)(process.execPath, ['-e', script], {
        env: {},
      })
      expect(`${stdout}${stderr}`).toBe('function\n')
    }
  })
})

/** Bundles the rotation function with additional code, which exports `planted`. */
async function plant(code: string) {
  await using dir = await makeDir()
  const source = join(dir.path, 'planted.ts')
  const real = join(projectRoot, functionEntries['rotate-jwt-keys'])
  await writeFile(source, `export * from ${JSON.stringify(real)}\n${code}\n`)
  return await bundle({ planted: source }, join(dir.path, 'out'))
}
const planted = { planted: bundleContents['rotate-jwt-keys'] }

describe(checkBundles, () => {
  it('have no fault when nothing is planted', async () => {
    expect(checkBundles(await plant(''), planted)).toEqual([])
  })

  it.each(['aws-cdk-lib/cx-api', 'pg', 'vitest/runners', 'ws'])(
    'show a fault when %s is added',
    async (path) => {
      const name = path.split('/')[0]
      const faults = checkBundles(await plant(`export * as planted from '${path}'`), planted)
      expect(faults).toContain(`planted: has code of ${name}, which is not in its list`)
    },
  )

  it('show a fault when all of zod is added', async () => {
    const code = `import { z } from 'zod'\nexport const planted = z.string()`
    const faults = checkBundles(await plant(code), planted)
    expect(faults).toHaveLength(1)
    expect(faults[0]).toContain(`over its limit of ${planted.planted.maxKilobytes}`)
  })

  it('show a fault when a listed package is missing', () => {
    const { packages, maxKilobytes } = bundleContents.frame
    const longer = { ...bundleContents, frame: { packages: [...packages, 'pg'], maxKilobytes } }
    expect(checkBundles(bundles, longer)).toEqual([
      'frame: has no code of pg, which is in its list',
    ])
  })
})

describe(commandsIn, () => {
  it('show a command that is added', async () => {
    const code = `export { DeleteSecretCommand as planted } from '@aws-sdk/client-secrets-manager'`
    const found = commandsIn(await plant(code), 'planted').map(({ command }) => command)
    expect(found).toContain('DeleteSecretCommand')
    expect(found).toHaveLength(5)
  })
})
