import type { ServerEvent } from '../../protocol/socket.ts'
import { type Pushes, sendTo } from './publish.ts'

/** A connection of a user. All rows of one user are equal in their other columns. */
export interface UserSocket {
  readonly user_id: number
  readonly connection_id: string
}

/**
 * Sends each user's events to all of that user's connections. The events are made once for each user. Users are served
 * at the same time.
 */
export async function sendToUsers<Row extends UserSocket>(
  context: Pushes,
  rows: readonly Row[],
  eventsOf: (row: Row) => readonly ServerEvent[],
): Promise<void> {
  const users = Map.groupBy(rows, ({ user_id }) => user_id)
  await Promise.all(
    Array.from(users.values(), async (sockets) => {
      const events = eventsOf(sockets[0]!)
      if (events.length === 0) return
      await sendTo(
        context,
        events,
        sockets.map(({ connection_id }) => connection_id),
      )
    }),
  )
}
