import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** Bytes of all buffers of this process that something holds, garbage not counted. */
export function heldBytes(): number {
  collectGarbage()
  return process.memoryUsage().arrayBuffers
}
