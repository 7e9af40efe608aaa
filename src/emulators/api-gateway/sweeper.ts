import {
  type CloseReason,
  type GatewayConnection,
  type SocketTable,
  GOING_AWAY,
  POLICY_VIOLATION,
} from './connections.ts'
import type { WebSocketLimits } from './limits.ts'

/**
 * Ends connections that are idle or old, or whose client does not finish its message. One timer checks all
 * connections: 10,000 comparisons a second cost less than 10,000 timers that are moved at every message.
 */
export function startSweeper(options: {
  limits: Pick<WebSocketLimits, 'idleMs' | 'connectionMs' | 'messageTimeoutMs'>
  table: SocketTable
  close: (connection: GatewayConnection, why: CloseReason) => void
}): { stop(): void } {
  const { limits, table, close } = options
  const shortest = Math.min(limits.idleMs, limits.connectionMs, limits.messageTimeoutMs)
  const timer = setInterval(
    () => {
      const now = performance.now()
      for (const connection of table.values()) {
        const idle = now - connection.lastActiveAt >= limits.idleMs
        const old = now - connection.openedAt >= limits.connectionMs
        const stuck = now - (connection.unfinishedSince ?? now) >= limits.messageTimeoutMs
        if (idle || old) close(connection, GOING_AWAY)
        else if (stuck) close(connection, POLICY_VIOLATION)
      }
    },
    Math.min(1_000, Math.max(1, shortest / 8)),
  )
  timer.unref()
  return { stop: () => clearInterval(timer) }
}
