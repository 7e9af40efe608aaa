import { sql } from 'kysely'
import type { Member, Role, Room } from '../../protocol/rooms.ts'
import type { DurableEvent } from '../../protocol/socket.ts'
import { getUserByName } from '../accounts/find-user.ts'
import { type Dismissed, dismiss, dismissedColumns } from '../connections/dismiss.ts'
import { type Audience, publish, readAudience, readSockets, tell } from '../connections/publish.ts'
import type { ChatContext } from '../context.ts'
import type { Trx } from '../database.ts'
import { ChatError } from '../errors.ts'
import { wireTime } from '../time.ts'
import { type Access, lockRoom, refuseDirect, requireRole } from './access.ts'
import { getRoom } from './find-rooms.ts'

interface User {
  readonly id: number
  readonly username: string
}

/** Joins a public room; a member gets the room as it is. */
export async function joinRoom(
  context: ChatContext,
  sessionId: number,
  roomId: number,
): Promise<Room> {
  const { room, added } = await context.db.transaction().execute(async (trx) => {
    const { caller, role } = await lockRoom(trx, sessionId, roomId)
    const user = { id: caller.userId, username: caller.username }
    const added = role ? undefined : await addMember(trx, roomId, user, 'member', user.id)
    return { room: await getRoom(trx, user.id, roomId), added }
  })
  if (added) await announceMember(context, added, room)
  return room
}

/** Leaves a room; an owner who is the last one hands over [R6]. Having left already is fine. */
export async function leaveRoom(
  context: ChatContext,
  sessionId: number,
  roomId: number,
): Promise<void> {
  const removed = await context.db.transaction().execute(async (trx) => {
    const access = await lockRoom(trx, sessionId, roomId)
    refuseDirect(access, 'a direct chat cannot be left')
    if (!access.role) return undefined
    const { userId, username } = access.caller
    return await removeMember(trx, roomId, { id: userId, username }, access.caller)
  })
  if (removed) await announceRemoval(context, removed)
}

/** [R2] Invites somebody, or gives a member another role. */
export async function putMember(
  context: ChatContext,
  sessionId: number,
  roomId: number,
  username: string,
  role: Role,
): Promise<{ member: Member; isNew: boolean }> {
  const { added, room, changed, member } = await context.db.transaction().execute(async (trx) => {
    const access = await lockRoom(trx, sessionId, roomId)
    refuseDirect(access, 'a direct chat is between two: make a room')
    requireRole(access, role === 'member' ? 'moderator' : 'owner')
    const user = await getUserByName(trx, username)
    const present = await findMember(trx, roomId, user.id)
    const added = present
      ? undefined
      : await addMember(trx, roomId, user, role, access.caller.userId)
    const changed =
      present && present.role !== role
        ? await changeRole(trx, access, { ...user, role: present.role }, role)
        : undefined
    return {
      added,
      room: added && (await getRoom(trx, user.id, roomId)),
      changed,
      member: (await findMember(trx, roomId, user.id))!,
    }
  })
  if (added && room) await announceMember(context, added, room)
  if (changed) await publish(context, [changed.event], changed.audience)
  return { member, isNew: added !== undefined }
}

/** [R2, R5] Removes a member: an owner removes anybody but owners, a moderator removes members. */
export async function removeFromRoom(
  context: ChatContext,
  sessionId: number,
  roomId: number,
  username: string,
): Promise<void> {
  const removed = await context.db.transaction().execute(async (trx) => {
    const access = await lockRoom(trx, sessionId, roomId)
    refuseDirect(access, 'nobody is removed from a direct chat')
    requireRole(access, 'moderator')
    const user = await getUserByName(trx, username)
    const member = await findMember(trx, roomId, user.id)
    if (!member) throw new ChatError('not_found', 'no such member')
    if (member.role === 'owner' || (member.role === 'moderator' && access.role !== 'owner')) {
      throw new ChatError('forbidden', `the ${member.role} of a room cannot be removed by you`)
    }
    return await removeMember(trx, roomId, user, access.caller)
  })
  await announceRemoval(context, removed)
}

export async function findMember(
  trx: Trx,
  roomId: number,
  userId: number,
): Promise<Member | undefined> {
  const row = await trx
    .selectFrom('memberships')
    .innerJoin('users', 'users.id', 'memberships.user_id')
    .where('room_id', '=', roomId)
    .where('user_id', '=', userId)
    .select(['user_id', 'username', 'role', 'joined_at'])
    .executeTakeFirst()
  return row && { ...row, joined_at: wireTime(row.joined_at) }
}

interface Added {
  readonly event: DurableEvent
  readonly audience: Audience
  /** The new member's sockets, which learn of the room itself. */
  readonly sockets: readonly string[]
}

async function addMember(
  trx: Trx,
  roomId: number,
  user: User,
  role: Role,
  actorId: number,
): Promise<Added> {
  const result = await sql<{ seq: number; at: Date; role: Role }>`
    select * from add_member_v1(${roomId}, ${user.id}, ${role}, ${actorId})`.execute(trx)
  const { seq, at, role: given } = result.rows[0]!
  const event = {
    type: 'member.joined' as const,
    room_id: roomId,
    seq,
    timestamp: wireTime(at),
    user_id: user.id,
    username: user.username,
    role: given,
  }
  return {
    event,
    audience: await readAudience(trx, roomId),
    sockets: await readSockets(trx, user.id),
  }
}

async function announceMember(context: ChatContext, added: Added, room: Room): Promise<void> {
  await tell(context, { type: 'room.added', room }, added.sockets)
  await publish(context, [added.event], added.audience)
}

async function changeRole(trx: Trx, access: Access, member: User & { role: Role }, role: Role) {
  requireRole(access, 'owner')
  if (member.role === 'owner') {
    const other = await trx
      .selectFrom('memberships')
      .where('room_id', '=', access.roomId)
      .where('role', '=', 'owner')
      .where('user_id', '<>', member.id)
      .select('user_id')
      .limit(1)
      .executeTakeFirst()
    if (!other) throw new ChatError('conflict', 'a room needs an owner: make another one first')
  }
  await trx
    .updateTable('memberships')
    .set({ role })
    .where('room_id', '=', access.roomId)
    .where('user_id', '=', member.id)
    .execute()
  const result = await sql<{ seq: number; at: Date }>`
    select * from append_event_v1(${access.roomId}, 'member.updated', ${access.caller.userId}, ${member.id})`.execute(
    trx,
  )
  const { seq, at } = result.rows[0]!
  return {
    event: memberUpdated(access.roomId, seq, at, member, role),
    audience: await readAudience(trx, access.roomId),
  }
}

function memberUpdated(
  roomId: number,
  seq: number,
  at: Date,
  user: User,
  role: Role,
): DurableEvent {
  return {
    type: 'member.updated',
    room_id: roomId,
    seq,
    timestamp: wireTime(at),
    user_id: user.id,
    username: user.username,
    role,
  }
}

interface Removed {
  readonly roomId: number
  readonly left: DurableEvent
  readonly handover: DurableEvent | undefined
  /** Who stays. */
  readonly audience: Audience
  /** Whoever was subscribed before, of the removed one: they are told that it ended, and no more. */
  readonly sockets: readonly (Dismissed & { room_id: number | null })[]
}

async function removeMember(
  trx: Trx,
  roomId: number,
  user: User,
  actor: { userId: number; username: string },
): Promise<Removed> {
  const sockets = await trx
    .selectFrom('connections')
    .where('user_id', '=', user.id)
    .where('expires_at', '>', sql<Date>`now()`)
    .where((eb) => eb.or([eb('room_id', 'is', null), eb('room_id', '=', roomId)]))
    .select([...dismissedColumns, 'room_id'])
    .execute()
  const result = await sql<{
    seq: number
    at: Date
    heir_id: number | null
    heir_username: string
    heir_seq: number
    heir_at: Date
  }>`select * from remove_member_v1(${roomId}, ${user.id}, ${actor.userId})`.execute(trx)
  const row = result.rows[0]!
  const left = {
    type: 'member.left' as const,
    room_id: roomId,
    seq: row.seq,
    timestamp: wireTime(row.at),
    user_id: user.id,
    username: user.username,
    removed_by: actor.userId === user.id ? null : actor.username,
  }
  const heir = row.heir_id === null ? undefined : { id: row.heir_id, username: row.heir_username }
  return {
    roomId,
    left,
    handover: heir && memberUpdated(roomId, row.heir_seq, row.heir_at, heir, 'owner'),
    audience: await readAudience(trx, roomId),
    sockets,
  }
}

/** [R5] The removed one's own `member.left` is the last they are sent; a socket for this room alone is closed. */
async function announceRemoval(context: ChatContext, removed: Removed): Promise<void> {
  const v1 = removed.sockets.filter(({ simple }) => !simple).map(({ id }) => id)
  await tell(context, removed.left, v1)
  await tell(context, { type: 'room.removed', room_id: removed.roomId }, v1)
  await dismiss(
    context,
    { type: 'bye', code: 'removed', reconnect: false, after_ms: 0 },
    removed.sockets.filter(({ room_id }) => room_id !== null),
  )
  const { left, handover } = removed
  await publish(context, handover ? [left, handover] : [left], removed.audience)
}
