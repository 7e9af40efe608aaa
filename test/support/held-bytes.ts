import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/**
 * Bytes of all buffers of this process that something holds, garbage not counted. V8 frees garbage beside the program:
 * poll until it is gone.
 */
export function heldBytes(): number {
  collectGarbage()
  return process.memoryUsage().arrayBuffers
}
