import { sql } from 'kysely'
import type { DurableEvent } from '../../protocol/socket.ts'
import type { Db } from '../database/database.ts'
import { cutToBytes } from '../paging.ts'
import { type LogRow, renderEvent } from './render-event.ts'

export interface Events {
  readonly events: DurableEvent[]
  /** Whether the log has further events. */
  readonly hasMore: boolean
}

/**
 * [M6] The events of a room after a position, in order, as `userId` sees them: at most `limit` events and `maxBytes`
 * bytes, but at least one event. The database cuts too, because the size of its answers is limited. This function does
 * not check access.
 */
export async function readEvents(
  db: Db,
  roomId: number,
  userId: number,
  after: number,
  limit: number,
  maxBytes: number,
): Promise<Events> {
  const { rows } = await sql<LogRow & { found: number }>`
    select * from (
      select l.*, count(*) over () as found,
             sum(coalesce(octet_length(l.text), 0) + coalesce(octet_length(l.reactions), 0)
                 + coalesce(octet_length(l.title || l.description), 0) + 200)
               over (order by l.seq) as bytes
        from log_v1(${roomId}, ${userId}, ${after}, ${limit + 1}) l) sized
     where bytes <= ${maxBytes} or seq - 1 = ${after}
     order by seq`.execute(db)
  const events = cutToBytes(
    rows.slice(0, limit).map((row) => ({ item: renderEvent(row) })),
    maxBytes,
  ).map(({ item }) => item)
  return { events, hasMore: events.length < (rows[0]?.found ?? 0) }
}
