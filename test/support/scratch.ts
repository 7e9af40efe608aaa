import { statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { availableMemory } from 'node:process'

const memory = '/dev/shm'
/** Of a whole run at most 2 GB are in use at once. */
const roomNeeded = 3e9

/**
 * Where tests keep files that nobody needs after them: in memory, where the system has a file system for that and
 * room in it. Each test database is some 300 files, which a disk makes and removes in ten times the time.
 */
export const scratch = hasRoom() ? memory : tmpdir()

function hasRoom(): boolean {
  // A container may be given less memory than the file system says.
  if (process.platform !== 'linux' || availableMemory() < 2 * roomNeeded) return false
  try {
    const { bavail, bsize } = statfsSync(memory)
    return bavail * bsize > roomNeeded
  } catch {
    return false
  }
}
