import type { IncomingMessage } from 'node:http'

export type BodyRead =
  | { kind: 'complete'; body: Buffer }
  | { kind: 'too_large' }
  | { kind: 'aborted' }
  | { kind: 'timed_out' }

const EMPTY = Buffer.alloc(0)
const DISCARD_MS = 2_000

/** Reads a body up to `maxBytes` and keeps nothing beyond them. Never rejects. */
export function readBody(
  req: IncomingMessage,
  { maxBytes, timeoutMs }: { maxBytes: number; timeoutMs: number },
): Promise<BodyRead> {
  // Without a listener an abort is an uncaught error.
  req.on('error', () => undefined)
  const length = req.headers['content-length']
  if (length === undefined && req.headers['transfer-encoding'] === undefined) {
    return Promise.resolve({ kind: 'complete', body: EMPTY })
  }
  if (Number(length) > maxBytes) return Promise.resolve({ kind: 'too_large' })

  return new Promise((resolve) => {
    let chunks: Buffer[] = []
    let bytes = 0
    const finish = (read: BodyRead) => {
      clearTimeout(timer)
      req.off('data', onData).off('end', onEnd).off('close', onClose)
      chunks = []
      resolve(read)
    }
    const onData = (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > maxBytes) finish({ kind: 'too_large' })
      else chunks.push(chunk)
    }
    const onEnd = () => finish({ kind: 'complete', body: Buffer.concat(chunks) })
    const onClose = () => finish({ kind: 'aborted' })
    const timer = setTimeout(() => finish({ kind: 'timed_out' }), timeoutMs)
    timer.unref()
    req.on('data', onData).on('end', onEnd).on('close', onClose)
  })
}

/**
 * After an answer that did not wait for the body: reads on for a moment without keeping anything, since closing
 * at once would reset the connection and lose the answer on its way, then gives the sender up.
 */
export function discardRest(req: IncomingMessage): void {
  if (req.complete || req.destroyed) return
  req.on('error', () => undefined)
  req.resume()
  const timer = setTimeout(() => {
    if (!req.complete) req.socket.destroy()
  }, DISCARD_MS)
  timer.unref()
  req.once('close', () => clearTimeout(timer))
}
