import { readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { PolicyValidationStack } from 'aws-cdk-lib'
import * as z from 'zod'
import { Assembly, type StackSource } from './assembly.ts'

const assetsSchema = z.looseObject({
  files: z.record(z.string(), z.looseObject({ source: z.looseObject({ path: z.string() }) })),
})

/** Reads what the CDK has written: the templates, and the places of their assets. */
export function readAssembly(stacks: readonly PolicyValidationStack[]): Assembly {
  return new Assembly(stacks.map(readStack))
}

export function readStack(stack: PolicyValidationStack): StackSource {
  const { templatePath, accountId: account, region } = stack
  const name = basename(templatePath, '.template.json')
  return {
    name,
    templatePath,
    template: readJson(templatePath),
    region,
    account,
    assets: readAssets(join(dirname(templatePath), `${name}.assets.json`)),
  }
}

function readAssets(manifestPath: string): ReadonlyMap<string, string> {
  const { files } = assetsSchema.parse(readJson(manifestPath))
  return new Map(
    Object.entries(files).map(([hash, { source }]) => [
      hash,
      join(dirname(manifestPath), source.path),
    ]),
  )
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'))
}
