import { statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { availableMemory } from 'node:process'

const memory = '/dev/shm'
/** A whole run uses at most 2 GB at once. */
const roomNeeded = 3e9

/**
 * The folder for files that nobody needs after the tests. It is in memory, where the system has such a file system with
 * enough space. Each test database is about 300 files, and a disk takes ten times as long to make and remove them.
 */
export const scratchDir = hasRoom() ? memory : tmpdir()

function hasRoom(): boolean {
  // A container may have less memory than the file system claims.
  if (process.platform !== 'linux' || availableMemory() < 2 * roomNeeded) return false
  try {
    const { bavail, bsize } = statfsSync(memory)
    return bavail * bsize > roomNeeded
  } catch {
    return false
  }
}
