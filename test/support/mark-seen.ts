import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { inject } from 'vitest'

declare module 'vitest' {
  interface ProvidedContext {
    /** The directory in which each worker records which documented things it has seen. */
    seen: string
  }
}

const known = new Set<string>()

/** Records that these were seen, for the end of the run. */
export function markSeen(names: readonly string[]): void {
  const news = names.filter((name) => !known.has(name))
  for (const name of news) {
    known.add(name)
    appendFileSync(join(inject('seen'), String(process.pid)), `${name}\n`)
  }
}
