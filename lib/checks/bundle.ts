import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSync } from 'esbuild'
import * as z from 'zod'
import { functionEntries, type FunctionName } from '../../functions/routes.ts'
import { Unresolvable } from './resolve.ts'

/** The content of a function's asset, read from the files that Lambda would get. */
export interface Bundle {
  /** The function that this is the code of, or `undefined` for code that is not ours. */
  readonly name: FunctionName | undefined
  /** `client-sqs/SendMessageCommand` for each command of the AWS SDK in the bundle. */
  readonly commands: readonly string[]
}

const sourceMapSchema = z.looseObject({ sources: z.array(z.string()) })
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what Object.keys does not say
const functionNames = Object.keys(functionEntries) as FunctionName[]
const command = /@aws-sdk\/(client-[a-z0-9-]+)\/dist-es\/commands\/(\w+Command)\.js$/

const bundles = new Map<string, Bundle>()

/** Reads a bundle by its source maps. These are in the asset, and name the modules that have code in the bundle. */
export function readBundle(directory: string): Bundle {
  let bundle = bundles.get(directory)
  if (bundle === undefined) {
    const maps = readdirSync(directory).filter((file) => file.endsWith('.mjs.map'))
    bundle = toBundle(maps.flatMap((file) => readSources(join(directory, file))))
    bundles.set(directory, bundle)
  }
  return bundle
}

function readSources(map: string): string[] {
  return sourceMapSchema.parse(JSON.parse(readFileSync(map, 'utf8'))).sources
}

function toBundle(sources: readonly string[]): Bundle {
  const names = functionNames.filter((name) =>
    sources.some((source) => source.endsWith(`/${functionEntries[name]}`)),
  )
  if (names.length > 1) {
    throw new Unresolvable(names, 'the bundle has the code of several functions')
  }
  return {
    name: names[0],
    commands: sources.flatMap((source) => {
      const [, client, name] = command.exec(source) ?? []
      return client === undefined ? [] : [`${client}/${name}`]
    }),
  }
}

const exportsOf = new Map<string, readonly string[]>()

/**
 * Returns the exports of a module in an asset, or `undefined` when there is no such file. It parses the module. A
 * module that Node could not load throws.
 */
export function readExports(file: string): readonly string[] | undefined {
  if (!existsSync(file)) return undefined
  let names = exportsOf.get(file)
  if (names === undefined) {
    names = file.endsWith('.py') ? pythonFunctions(file) : moduleExports(file)
    exportsOf.set(file, names)
  }
  return names
}

function moduleExports(file: string): readonly string[] {
  const names = parse(file)
  if (names.length > 0) return names
  // CommonJS, which the CDK's own functions use: in handwritten form, and as esbuild writes it.
  const exported = readFileSync(file, 'utf8').matchAll(
    /\bexports\.(\w+)\s*=|[{,]\s*(\w+):\s*\(\)\s*=>/g,
  )
  return [...exported].map(([, assigned, getter]) => (assigned ?? getter)!)
}

function parse(file: string): readonly string[] {
  try {
    const { metafile } = buildSync({
      entryPoints: [file],
      write: false,
      metafile: true,
      outdir: 'unused',
      logLevel: 'silent',
      ...(file.endsWith('.mjs') && { format: 'esm' }),
    })
    return Object.values(metafile.outputs).flatMap((output) => output.exports)
  } catch (cause) {
    throw new Unresolvable(file, 'Node could not load it', { cause })
  }
}

function pythonFunctions(file: string): string[] {
  return [...readFileSync(file, 'utf8').matchAll(/^def (\w+)\(/gm)].map(([, name]) => name!)
}
