import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Returns a hash of the bundle in a function's folder. It changes with any change of the code. */
export function hashOfBundle(folder: string): string {
  const code = readFileSync(join(folder, 'index.mjs'))
  return createHash('sha256').update(code).digest('hex').slice(0, 16)
}
