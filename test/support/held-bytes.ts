import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/**
 * Returns the bytes of all buffers of this process that are still referenced. V8 frees garbage in the background, so
 * poll until the number goes down.
 */
export function heldBytes(): number {
  collectGarbage()
  return process.memoryUsage().arrayBuffers
}
