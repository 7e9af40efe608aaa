import { sql } from 'kysely'
import type { DurableEvent } from '../../protocol/socket.ts'
import { type Audience, readAudience } from '../push/publish.ts'
import type { Trx } from '../database/database.ts'
import { type LogRow, renderEvent } from '../log/render-event.ts'
import { lockRoomUnasked } from '../rooms/access.ts'

export interface DeletedMessage {
  readonly event: DurableEvent
  readonly audience: Audience
  /** Whether notifications were taken back. If so, the caller announces that. */
  readonly hasTakenBack: boolean
}

/**
 * [M5] Deletes a message for an admin, who need not be a member of the room. The event shows the members which admin it
 * was. Returns undefined if the message or its room is already deleted. The caller publishes the event after the
 * commit.
 */
export async function deleteUnasked(
  trx: Trx,
  actorId: number,
  roomId: number,
  seq: number,
): Promise<DeletedMessage | undefined> {
  if (!(await lockRoomUnasked(trx, roomId))) return undefined
  const message = await trx
    .selectFrom('messages')
    .innerJoin('rooms', 'rooms.id', 'messages.room_id')
    .where('room_id', '=', roomId)
    .where('seq', '=', seq)
    .where('messages.deleted_at', 'is', null)
    .select(['messages.id', 'rooms.kind'])
    .executeTakeFirst()
  if (!message) return undefined
  const { rows } = await sql<{ seq: number }>`
    select seq, at from append_message_event_v1(${roomId}, 'message.deleted', ${actorId}, ${message.id},
      cast(null as text))`.execute(trx)
  await sql`
    update messages set text = null, deleted_at = (select last_event_at from rooms where id = ${roomId})
     where id = ${message.id}`.execute(trx)
  await trx.deleteFrom('reactions').where('message_id', '=', message.id).execute()
  await trx
    .deleteFrom('held_messages')
    .where('room_id', '=', roomId)
    .where('message_seq', '=', seq)
    .execute()
  const taken = await sql<{ any: boolean }>`
    select take_back_notifications_v1(${roomId}, ${message.kind}, ${seq}, cast(null as jsonb)) as "any"`.execute(
    trx,
  )
  const log = await sql<LogRow>`
    select * from log_v1(${roomId}, cast(null as bigint), ${rows[0]!.seq - 1}, 1)`.execute(trx)
  return {
    event: renderEvent(log.rows[0]!),
    audience: await readAudience(trx, roomId),
    hasTakenBack: taken.rows[0]!.any,
  }
}
