import { readFile, rename, link, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DataDirError } from './data-dir.ts'
import { createPrivateFile } from './private-file.ts'
import { processStartedAt } from './process-info.ts'
import { ignoreMissing } from './system-error.ts'

/**
 * Makes this process the only user of a data directory, until it releases the lock or dies. Node has no flock. So a
 * file names the owner by its process id and start time. The file of a dead owner is void.
 */
export async function lockDataDir(dataDir: string): Promise<{ release(): Promise<void> }> {
  const path = join(dataDir, 'lock')
  const own = `${process.pid} ${await processStartedAt(process.pid)}\n`
  while (!(await createPrivateFile(path, own))) {
    const found = await readFile(path, 'utf8').catch(ignoreMissing)
    if (found === undefined) continue
    const [pid, startedAt] = split(found)
    if (startedAt !== '' && (await processStartedAt(Number(pid))) === startedAt) {
      throw inUse(dataDir, pid)
    }
    await removeStale(dataDir, path, found)
  }
  return {
    async release() {
      if ((await readFile(path, 'utf8').catch(ignoreMissing)) === own) await rm(path)
    },
  }
}

/**
 * Removes a stale lock by renaming it first. Two processes may find the same stale lock, and a plain removal by the
 * slower one could remove the new lock of the faster one.
 */
async function removeStale(dataDir: string, path: string, stale: string): Promise<void> {
  const aside = `${path}.${process.pid}`
  try {
    await rename(path, aside)
  } catch (error) {
    return ignoreMissing(error)
  }
  try {
    const taken = await readFile(aside, 'utf8')
    if (taken === stale) return
    await link(aside, path)
    throw inUse(dataDir, split(taken)[0])
  } finally {
    await rm(aside, { force: true })
  }
}

function split(content: string): [pid: string, startedAt: string] {
  const [pid = '', ...startedAt] = content.trim().split(' ')
  return [pid, startedAt.join(' ')]
}

function inUse(dataDir: string, pid: string): DataDirError {
  return new DataDirError(
    'in-use',
    `the data directory ${dataDir} is in use by process ${pid}: stop it, or choose another with --data-dir`,
  )
}
