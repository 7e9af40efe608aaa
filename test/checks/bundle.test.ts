import { writeFile } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { functionEntries, type FunctionName } from '../../functions/routes.ts'
import { readBundle, readExports } from '../../lib/checks/bundle.ts'
import { bundleFunctions } from '../../scripts/bundle.ts'
import { makeTempDir } from '../support/temp-dir.ts'

describe('a bundle', async () => {
  const dir = await makeTempDir()
  afterAll(() => dir[Symbol.asyncDispose]())
  const { files, metafile } = await bundleFunctions(dir.path)
  const names = Object.keys(functionEntries) as FunctionName[]

  test.for(names)('has in its source map what esbuild reports: %s', (name) => {
    const [, output] = Object.entries(metafile.outputs).find(([file]) => {
      return file.endsWith([name, 'index.mjs'].join(sep))
    })!
    const commands = Object.entries(output.inputs).flatMap(([file, { bytesInOutput }]) => {
      const [, client, command] =
        /@aws-sdk\/(client-[\w-]+)\/.*\/(\w+Command)\.js$/.exec(file) ?? []
      return client === undefined || bytesInOutput === 0 ? [] : [`${client}/${command}`]
    })
    expect(commands).not.toEqual([])
    const bundle = readBundle(join(dir.path, name))
    expect(bundle.name).toBe(name)
    expect(bundle.commands.toSorted()).toEqual(commands.toSorted())
    expect(readExports(files[name])).toEqual(output.exports)
  })

  test('without a file exports nothing, and one that Node cannot load is an error', async () => {
    expect(readExports(join(dir.path, 'nothing.mjs'))).toBeUndefined()
    const broken = join(dir.path, 'broken.mjs')
    await writeFile(broken, 'export function handler( {')
    expect(() => readExports(broken)).toThrow('broken.mjs')
  })

  test('of CommonJS or Python is read, too: the CDK adds such bundles', async () => {
    const [common, python] = [join(dir.path, 'a.js'), join(dir.path, 'b.py')]
    await writeFile(common, '"use strict";exports.handler = async () => {}')
    await writeFile(python, 'import os\n\ndef handler(event, context):\n    return os.name\n')
    const bundled = join(dir.path, 'c.js')
    await writeFile(
      bundled,
      'var a={};b(a,{handler:()=>c});module.exports=d(a);async function c(){}',
    )
    expect(readExports(common)).toEqual(['handler'])
    expect(readExports(bundled)).toEqual(['handler'])
    expect(readExports(python)).toEqual(['handler'])
  })
})
