import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { scratch } from './scratch.ts'

/** An empty directory of its own, removed with all that came into it. */
export async function makeTempDir(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await realpath(await mkdtemp(join(scratch, 'quick-connect-')))
  return {
    path,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  }
}
