import { sql } from 'kysely'
import type { ReadState } from '../../protocol/rooms.ts'
import { notificationDays, unreadMax } from '../../protocol/limits.ts'
import { readSockets, sendTo } from '../push/publish.ts'
import type { ChatContext } from '../context.ts'
import { ChatError } from '../errors.ts'
import { accessRoom } from '../rooms/access.ts'

/**
 * [M8] Moves the caller's read marker forward, and marks the room's notifications up to it as read [N2]. The user's
 * connections are told, and those of a direct partner [M9].
 */
export async function markRead(
  context: ChatContext,
  sessionId: number,
  roomId: number,
  seq: number,
): Promise<ReadState> {
  const { caller } = await accessRoom(context.db, sessionId, roomId)
  const { rows } = await sql<{ last_read_seq: number; unread: number; moved: boolean }>`
    select * from mark_read_v3(${caller.userId}, ${roomId}, ${seq}, ${sql.lit(unreadMax)},
      ${sql.lit(notificationDays)})`.execute(context.db)
  if (!rows[0])
    throw new ChatError('forbidden', 'only members have a read marker in the room: join it first')
  const { moved, ...marker } = rows[0]
  const state = { room_id: roomId, ...marker }
  await sendTo(context, { type: 'read', ...state }, await readSockets(context.db, caller.userId))
  if (moved) {
    const { rows: seers } = await sql<{ connection_id: string }>`
      select connection_id from sees_read_v1(${caller.userId}, ${roomId})`.execute(context.db)
    await sendTo(
      context,
      { type: 'seen', room_id: roomId, partner_read_seq: marker.last_read_seq },
      seers.map(({ connection_id }) => connection_id),
    )
  }
  return state
}
