import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { createBytePool, type PoolShare } from './byte-pool.ts'

/**
 * Bounds the answers that wait for clients that do not read. Above the bound, the connection that has waited the
 * longest is cut.
 */
export interface UnsentAnswers {
  /** Counts a body from now until it is sent. Pipelined answers of one connection wait behind one another. */
  add(socket: Socket, res: ServerResponse, bytes: number): void
}

export function createUnsentAnswers(maxBytes: number): UnsentAnswers {
  const pool = createBytePool(maxBytes)
  const connections = new WeakMap<Socket, { share: PoolShare; bytes: number }>()

  function open(socket: Socket) {
    const connection = { share: pool.open(() => socket.resetAndDestroy()), bytes: 0 }
    connections.set(socket, connection)
    // An answer that waits behind another answer gets no event when the connection closes.
    socket.once('close', () => connection.share.hold(0))
    return connection
  }

  return {
    add(socket, res, bytes) {
      if (socket.destroyed) return
      const connection = connections.get(socket) ?? open(socket)
      const change = (difference: number) => {
        connection.bytes += difference
        if (!socket.destroyed) connection.share.hold(connection.bytes)
      }
      res.once('finish', () => change(-bytes))
      change(bytes)
    },
  }
}
