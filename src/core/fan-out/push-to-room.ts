import { sql } from 'kysely'
import type { DurableEvent } from '../../protocol/socket.ts'
import { pushEvents, type Pushes, type RecipientRow, toRecipient } from '../connections/publish.ts'

/** A part of a room's sockets, by their ids: the same ones each time, whoever comes and goes. */
export interface Shard {
  readonly shards: number
  readonly shard: number
}

export const pageSize = 1_000

/** Pushes a room's events to the sockets of a shard, in pages, each read with the room locked [R5]. */
export async function pushToRoom(
  context: Pushes,
  roomId: number,
  events: readonly DurableEvent[],
  { shards, shard }: Shard,
): Promise<void> {
  const withSimple = events.some(({ type }) => type === 'message')
  let after = ''
  for (;;) {
    const { rows } = await sql<RecipientRow>`
      select connection_id, simple
        from recipients_page_v2(${roomId}, ${shards}, ${shard}, ${after}, ${withSimple}, ${sql.lit(pageSize)})`.execute(
      context.db,
    )
    await pushEvents(context, rows.map(toRecipient), events)
    if (rows.length < pageSize) return
    after = rows.at(-1)!.connection_id
  }
}
