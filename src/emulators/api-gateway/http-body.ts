import type { IncomingMessage } from 'node:http'
import { type BytePool, createBytePool } from './byte-pool.ts'

export type BodyRead =
  | { kind: 'complete'; body: Buffer }
  | { kind: 'too_large' }
  | { kind: 'aborted' }
  /** Also when others needed the memory, and this body had taken the longest. */
  | { kind: 'timed_out' }

export interface BodyBounds {
  maxBytes: number
  timeoutMs: number
  /** Of all bodies that are being read. Not bounded when absent. */
  pool?: BytePool
}

const EMPTY = Buffer.alloc(0)
const FIRST_BYTES = 1_024
const DISCARD_MS = 2_000
const DISCARD_BYTES = 1024 * 1024

const unbounded = createBytePool(Infinity)

/** Reads a body up to `maxBytes` and keeps nothing beyond them. Never rejects. */
export function readBody(
  req: IncomingMessage,
  { maxBytes, timeoutMs, pool = unbounded }: BodyBounds,
): Promise<BodyRead> {
  // Without a listener an abort is an uncaught error.
  req.on('error', () => undefined)
  const length = req.headers['content-length']
  if (length === undefined && req.headers['transfer-encoding'] === undefined) {
    return Promise.resolve({ kind: 'complete', body: EMPTY })
  }
  if (Number(length) > maxBytes) return Promise.resolve({ kind: 'too_large' })

  return new Promise((resolve) => {
    // A copy: a chunk of one byte would keep all of the packet that it came in.
    let kept = EMPTY
    let bytes = 0
    let done = false
    const finish = (read: BodyRead) => {
      if (done) return
      done = true
      clearTimeout(timer)
      req.off('data', onData).off('end', onEnd).off('close', onClose)
      kept = EMPTY
      share.hold(0)
      resolve(read)
    }
    const share = pool.open(() => finish({ kind: 'timed_out' }))
    const onData = (chunk: Buffer) => {
      const needed = bytes + chunk.length
      if (needed > maxBytes) return finish({ kind: 'too_large' })
      if (needed > kept.length) {
        const larger = Math.min(maxBytes, Math.max(needed, 2 * kept.length, FIRST_BYTES))
        const before = kept
        kept = Buffer.allocUnsafeSlow(larger)
        before.copy(kept, 0, 0, bytes)
        share.hold(larger)
      }
      if (done) return
      chunk.copy(kept, bytes)
      bytes = needed
    }
    const onEnd = () => finish({ kind: 'complete', body: kept.subarray(0, bytes) })
    const onClose = () => finish({ kind: 'aborted' })
    const timer = setTimeout(() => finish({ kind: 'timed_out' }), timeoutMs)
    timer.unref()
    req.on('data', onData).on('end', onEnd).on('close', onClose)
  })
}

/**
 * After an answer that did not wait for the body: reads on for a moment without keeping anything, since closing
 * at once would reset the connection and lose the answer on its way, then gives the sender up. Of a long body it
 * reads only a part: whoever goes on to send without a look at the answer would keep this process busy.
 */
export function discardRest(req: IncomingMessage, maxBytes = DISCARD_BYTES): void {
  if (req.complete || req.destroyed) return
  req.on('error', () => undefined)
  let bytes = 0
  req.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > maxBytes) req.pause()
  })
  req.resume()
  const timer = setTimeout(() => {
    if (!req.complete) req.socket.destroy()
  }, DISCARD_MS)
  timer.unref()
  req.once('close', () => clearTimeout(timer))
}
