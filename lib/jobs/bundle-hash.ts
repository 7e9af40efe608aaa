import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Of a function's bundle in its folder: whatever changes about its code changes this. */
export function hashOfBundle(folder: string): string {
  const code = readFileSync(join(folder, 'index.mjs'))
  return createHash('sha256').update(code).digest('hex').slice(0, 16)
}
