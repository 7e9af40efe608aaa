import { type Connection, type ConnectionTable, GOING_AWAY } from './connections.ts'
import type { WebSocketLimits } from './limits.ts'

/**
 * Ends connections that are idle or old. One timer walks all of them: 10,000 comparisons a second are cheaper than
 * 10,000 timers moved at every message.
 */
export function startSweeper(options: {
  limits: Pick<WebSocketLimits, 'idleMs' | 'connectionMs'>
  table: ConnectionTable
  close: (connection: Connection, why: typeof GOING_AWAY) => void
}): { stop(): void } {
  const { limits, table, close } = options
  const shortest = Math.min(limits.idleMs, limits.connectionMs)
  const timer = setInterval(
    () => {
      const now = performance.now()
      for (const connection of table.values()) {
        const idle = now - connection.lastActiveAt >= limits.idleMs
        const old = now - connection.openedAt >= limits.connectionMs
        if (idle || old) close(connection, GOING_AWAY)
      }
    },
    Math.min(1_000, Math.max(1, shortest / 8)),
  )
  timer.unref()
  return { stop: () => clearInterval(timer) }
}
