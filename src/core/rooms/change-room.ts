import { sql } from 'kysely'
import type { Room, UpdateRoomRequest } from '../../protocol/rooms.ts'
import { dismiss, dismissedColumns } from '../connections/dismiss.ts'
import { publish, readAudience } from '../connections/publish.ts'
import type { ChatContext } from '../context.ts'
import type { Trx } from '../database.ts'
import { wireTime } from '../time.ts'
import { lockRoom, refuseDirect, requireRole } from './access.ts'
import { getRoom } from './find-rooms.ts'

/** [R2] A new title or description, by the owner or a moderator. */
export async function updateRoom(
  context: ChatContext,
  sessionId: number,
  roomId: number,
  request: UpdateRoomRequest,
): Promise<Room> {
  const { room, at, audience } = await context.db.transaction().execute(async (trx) => {
    const access = await lockRoom(trx, sessionId, roomId)
    refuseDirect(access, 'a direct chat has no title of its own')
    requireRole(access, 'moderator')
    const { title, description } = request
    await trx
      .updateTable('rooms')
      .set({
        ...(title !== undefined && { title }),
        ...(description !== undefined && { description }),
      })
      .where('id', '=', roomId)
      .execute()
    const { at } = await appendEvent(trx, roomId, 'room.updated', access.caller.userId)
    return {
      room: await getRoom(trx, access.caller.userId, roomId),
      at,
      audience: await readAudience(trx, roomId),
    }
  })
  const { title, description, last_seq: seq } = room
  await publish(
    context,
    [
      {
        type: 'room.updated',
        room_id: roomId,
        seq,
        timestamp: wireTime(at),
        title,
        description,
      },
    ],
    audience,
  )
  return room
}

/** [R6] Marks the room as deleted, with `room.deleted` as the last of its log; sockets for it alone are closed. */
export async function deleteRoom(
  context: ChatContext,
  sessionId: number,
  roomId: number,
): Promise<void> {
  const { event, audience } = await context.db.transaction().execute(async (trx) => {
    const access = await lockRoom(trx, sessionId, roomId)
    refuseDirect(access, 'a direct chat cannot be deleted')
    requireRole(access, 'owner')
    const { seq, at } = await appendEvent(trx, roomId, 'room.deleted', access.caller.userId)
    const audience = await readAudience(trx, roomId)
    await sql`update rooms set deleted_at = last_event_at where id = ${roomId}`.execute(trx)
    return {
      event: { type: 'room.deleted' as const, room_id: roomId, seq, timestamp: wireTime(at) },
      audience,
    }
  })
  await publish(context, [event], audience)
  const sockets = await context.db
    .selectFrom('connections')
    .where('room_id', '=', roomId)
    .select(dismissedColumns)
    .execute()
  await dismiss(
    context,
    { type: 'bye', code: 'room_deleted', reconnect: false, after_ms: 0 },
    sockets,
  )
}

async function appendEvent(
  trx: Trx,
  roomId: number,
  kind: 'room.updated' | 'room.deleted',
  actorId: number,
): Promise<{ seq: number; at: Date }> {
  const result = await sql<{ seq: number; at: Date }>`
    select * from append_event_v1(${roomId}, ${kind}, ${actorId}, cast(null as bigint))`.execute(
    trx,
  )
  return result.rows[0]!
}
