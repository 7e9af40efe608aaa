import { sql } from 'kysely'
import type { Room, UpdateRoomRequest } from '../../protocol/rooms.ts'
import type { DurableEvent } from '../../protocol/socket.ts'
import { dismiss, dismissedColumns } from '../push/dismiss.ts'
import { type Audience, publish, readAudience } from '../push/publish.ts'
import type { ChatContext } from '../context.ts'
import type { Trx } from '../database/database.ts'
import { ChatError } from '../errors.ts'
import { roomDeleted, roomUpdated } from '../log/event-forms.ts'
import { type Access, lockRoom, refuseDirect, requireRole } from './access.ts'
import { getRoom } from './find-rooms.ts'

/** [R2] Changes the title or the description. The owner and moderators may do this. */
export async function updateRoom(
  context: ChatContext,
  sessionId: number,
  roomId: number,
  request: UpdateRoomRequest,
): Promise<Room> {
  const updated = await context.db.transaction().execute(async (trx) => {
    const access = await lockRoom(trx, sessionId, roomId)
    refuseDirect(access, 'you cannot change the title of a direct chat')
    requireRole(access, 'moderator')
    await refuseArchived(trx, roomId)
    return await changeTexts(trx, access, request)
  })
  return await announceUpdate(context, updated)
}

/** [R9] Only an admin changes the title or the description of an archived room. */
async function refuseArchived(trx: Trx, roomId: number): Promise<void> {
  const archived = await trx
    .selectFrom('rooms')
    .where('id', '=', roomId)
    .where('archived_at', 'is not', null)
    .select('id')
    .executeTakeFirst()
  if (archived)
    throw new ChatError(
      'conflict',
      'the room is archived: it cannot be changed until an admin restores it',
    )
}

/** A change of a room, as it is announced after the commit. */
export interface Updated {
  readonly room: Room
  readonly at: Date
  readonly audience: Audience
}

export async function changeTexts(
  trx: Trx,
  access: Access,
  { title, description }: UpdateRoomRequest,
): Promise<Updated> {
  await trx
    .updateTable('rooms')
    .set({
      ...(title !== undefined && { title }),
      ...(description !== undefined && { description }),
    })
    .where('id', '=', access.roomId)
    .execute()
  return await logUpdate(trx, access)
}

/** Writes the change of a locked room to its log. */
export async function logUpdate(trx: Trx, { roomId, caller }: Access): Promise<Updated> {
  const { at } = await appendEvent(trx, roomId, 'room.updated', caller.userId)
  return {
    room: await getRoom(trx, caller.userId, roomId),
    at,
    audience: await readAudience(trx, roomId),
  }
}

export async function announceUpdate(
  context: ChatContext,
  { room, at, audience }: Updated,
): Promise<Room> {
  const place = { room_id: room.id, seq: room.last_seq, at }
  await publish(context, [roomUpdated(place, room)], audience)
  return room
}

/**
 * [R6] Marks the room as deleted. `room.deleted` is the last event of its log. One-room sockets of this room are
 * closed.
 */
export async function deleteRoom(
  context: ChatContext,
  sessionId: number,
  roomId: number,
): Promise<void> {
  const deleted = await context.db.transaction().execute(async (trx) => {
    const access = await lockRoom(trx, sessionId, roomId)
    refuseDirect(access, 'you cannot delete a direct chat')
    requireRole(access, 'owner')
    return await markDeleted(trx, access)
  })
  await announceDeletion(context, deleted)
}

export interface DeletedRoom {
  readonly roomId: number
  readonly event: DurableEvent
  readonly audience: Audience
}

export async function markDeleted(trx: Trx, { roomId, caller }: Access): Promise<DeletedRoom> {
  const { seq, at } = await appendEvent(trx, roomId, 'room.deleted', caller.userId)
  const audience = await readAudience(trx, roomId)
  await sql`update rooms set deleted_at = last_event_at where id = ${roomId}`.execute(trx)
  return {
    roomId,
    event: roomDeleted({ room_id: roomId, seq, at }),
    audience,
  }
}

export async function announceDeletion(
  context: ChatContext,
  { roomId, event, audience }: DeletedRoom,
): Promise<void> {
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
