import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { scratchDir } from './scratch-dir.ts'

/** Makes an empty directory, which is removed with its contents. */
export async function makeTempDir(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await realpath(await mkdtemp(join(scratchDir, 'quick-connect-')))
  return {
    path,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  }
}
