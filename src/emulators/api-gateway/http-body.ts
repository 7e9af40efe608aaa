import type { IncomingMessage } from 'node:http'
import { type BytePool, createBytePool } from './byte-pool.ts'

export type BodyRead =
  | { kind: 'complete'; body: Buffer }
  | { kind: 'too_large' }
  | { kind: 'aborted' }
  /** Also the result if other bodies needed the memory and this body had taken the longest time. */
  | { kind: 'timed_out' }

export interface BodyBounds {
  maxBytes: number
  timeoutMs: number
  /** The pool of all bodies that are being read. If absent, their memory is not bounded. */
  pool?: BytePool
}

const EMPTY = Buffer.alloc(0)
const FIRST_BYTES = 1_024
const DISCARD_MS = 2_000
const DISCARD_BYTES = 1024 * 1024

const unbounded = createBytePool(Infinity)

/** Reads a body of up to `maxBytes`, and keeps nothing beyond them. Never rejects. */
export function readHttpBody(
  req: IncomingMessage,
  { maxBytes, timeoutMs, pool = unbounded }: BodyBounds,
): Promise<BodyRead> {
  // Without a listener, an abort would be an uncaught error.
  req.on('error', () => undefined)
  const length = req.headers['content-length']
  if (length === undefined && req.headers['transfer-encoding'] === undefined) {
    return Promise.resolve({ kind: 'complete', body: EMPTY })
  }
  if (Number(length) > maxBytes) return Promise.resolve({ kind: 'too_large' })

  return new Promise((resolve) => {
    // The body is copied, because a chunk of one byte would keep the memory of its whole packet.
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
 * Call this after an answer that did not wait for the body. It reads on for a moment and keeps nothing, because
 * closing at once would reset the connection and lose the answer. Then it destroys the connection. It reads only a
 * part of a long body. Otherwise a client that sends on and ignores the answer would keep this process busy.
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
