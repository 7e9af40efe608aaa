import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * Collects the garbage of the start, and makes V8's young generation small again. Loading the program makes it grow to
 * 32 MB, and it never shrinks by itself. It grows again when there is work. This blocks the process for up to a tenth
 * of a second, so it is for a server that does not listen yet.
 *
 * V8 shrinks the young generation only in this kind of collection, which it makes when memory runs out. A program can
 * ask for it only with the function that --expose-gc adds to new contexts.
 */
export function shrinkHeap(): void {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  setFlagsFromString('--no-expose-gc')
  if (typeof collect === 'function') {
    collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
  }
}
