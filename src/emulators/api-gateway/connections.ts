import type { Duplex } from 'node:stream'
import { WebSocket } from 'ws'
import type { WebSocketLimits } from './limits.ts'
import { createFrameEncoder } from './text-frame.ts'
import type { ConnectionIdentity, ConnectionInfo } from './websocket-event.ts'

export type PostResult = 'sent' | 'gone' | 'too_large' | 'limit_exceeded'

export interface ConnectionDetails {
  connectedAt: Date
  identity: ConnectionIdentity
  lastActiveAt: Date
}

/** The operations of @connections within this process. They are synchronous and need no HTTP. */
export interface Connections {
  post(connectionId: string, data: string | Uint8Array): PostResult
  get(connectionId: string): ConnectionDetails | undefined
  delete(connectionId: string): 'deleted' | 'gone'
  /**
   * Ends a connection at once, without a close frame, so its client sees 1006. This is for a client that has fallen
   * behind: it would get a close frame only after all waiting data.
   */
  cut(connectionId: string): 'cut' | 'gone'
  /** Whether the client has taken all data that was sent to it, and has sent a message in the last minutes. */
  keepsUp(connectionId: string): boolean
}

/** An upgraded socket. Its times are from a clock that only goes forward. */
export interface GatewayConnection {
  readonly info: ConnectionInfo
  readonly ws: WebSocket
  readonly socket: Duplex
  readonly openedAt: number
  lastActiveAt: number
  /** When the client's last message came. */
  heardAt: number
  messagesInFlight: number
  /** The client has sent too many frames, and is not read any more. */
  isFlood: boolean
  /** Since when a message of the client is incomplete; undefined between messages. */
  unfinishedSince: number | undefined
  /** Counts the unsent bytes again. Must be called after each write, and once that write is done. */
  readonly countUnsent: () => void
}

export interface CloseReason {
  code: number
  reason: string
}

/** A client counts as active if it sends something every five minutes, such as a keep-alive. */
const HEARD_MS = 6 * 60_000

export const GOING_AWAY: CloseReason = { code: 1001, reason: 'Going away' }
/** For things that no well-meaning client does: a flood of frames, or a message that does not end. */
export const POLICY_VIOLATION: CloseReason = { code: 1008, reason: '' }
export const CLOSED_NORMALLY: CloseReason = { code: 1000, reason: 'Connection Closed Normally' }

export interface SocketTable extends Connections {
  readonly size: number
  values(): Iterable<GatewayConnection>
  add(connection: GatewayConnection): void
  /** Removes a connection, which is gone from then on. Returns false if it was removed already. */
  remove(connection: GatewayConnection): boolean
}

/** The live connections of one API. `delete` calls `close`, and `cut` calls the given `cut`. */
export function createConnectionTable(options: {
  limits: Pick<WebSocketLimits, 'messageBytes' | 'bufferedBytes'>
  now: () => number
  close: (connection: GatewayConnection, why: CloseReason) => void
  cut: (connection: GatewayConnection) => void
}): SocketTable {
  const { limits, now, close, cut } = options
  const table = new Map<string, GatewayConnection>()
  const encode = createFrameEncoder()

  const find = (connectionId: string): GatewayConnection | undefined => {
    const connection = table.get(connectionId)
    return connection?.ws.readyState === WebSocket.OPEN && connection.socket.writable
      ? connection
      : undefined
  }

  return {
    get size() {
      return table.size
    },
    values: () => table.values(),
    add: (connection) => void table.set(connection.info.connectionId, connection),
    remove: (connection) => table.delete(connection.info.connectionId),

    post(connectionId, data) {
      const connection = find(connectionId)
      if (!connection) return 'gone'
      if (byteLengthAbove(data, limits.messageBytes)) return 'too_large'
      const frame = encode(data)
      const { socket } = connection
      if (socket.writableLength + frame.length > limits.bufferedBytes) return 'limit_exceeded'
      socket.write(frame, connection.countUnsent)
      connection.countUnsent()
      connection.lastActiveAt = performance.now()
      return 'sent'
    },

    get(connectionId) {
      const connection = find(connectionId)
      if (!connection) return undefined
      const { connectedAt, identity } = connection.info
      const sinceActive = Math.round(performance.now() - connection.lastActiveAt)
      return {
        connectedAt: new Date(connectedAt),
        identity: { ...identity },
        lastActiveAt: new Date(Math.max(connectedAt, now() - sinceActive)),
      }
    },

    delete(connectionId) {
      const connection = find(connectionId)
      if (!connection) return 'gone'
      close(connection, CLOSED_NORMALLY)
      return 'deleted'
    },

    cut(connectionId) {
      const connection = find(connectionId)
      if (!connection) return 'gone'
      cut(connection)
      return 'cut'
    },

    keepsUp(connectionId) {
      const connection = find(connectionId)
      if (!connection || connection.socket.writableLength > 0) return false
      return performance.now() - connection.heardAt < HEARD_MS
    },
  }
}

function byteLengthAbove(data: string | Uint8Array, limit: number): boolean {
  if (typeof data !== 'string') return data.length > limit
  // A UTF-16 unit needs at most 3 bytes, so most strings need no counting.
  if (data.length * 3 <= limit) return false
  return data.length > limit || Buffer.byteLength(data) > limit
}
