import type { ServerEvent } from '../../protocol/socket.ts'
import { type Pushes, sendTo } from './publish.ts'

/** A socket of a user. The rest of a row is the same in all rows of the user. */
export interface UserSocket {
  readonly user_id: number
  readonly connection_id: string
}

/** Tells each user's sockets the same events, which are made once for a user. Users are told at the same time. */
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
