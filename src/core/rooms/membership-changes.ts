/**
 * Changes of a room's members. Each change is made in the transaction that has locked the room. It returns the data
 * that is announced after the commit.
 */
import { sql } from 'kysely'
import type { Role, Room } from '../../protocol/rooms.ts'
import type { DurableEvent } from '../../protocol/socket.ts'
import { type Dismissed, dismiss, dismissedColumns } from '../push/dismiss.ts'
import { type Audience, publish, readAudience, readSockets, sendTo } from '../push/publish.ts'
import type { ChatContext, Limits } from '../context.ts'
import type { Trx } from '../database/database.ts'
import { ChatError } from '../errors.ts'
import { memberEvent, memberLeft } from '../log/event-forms.ts'
import { type Access, requireRole } from './access.ts'
import { type EnterRefusal, refusalError } from '../refusals/refusal.ts'
import { fillableByOthers } from './fillable-by-others.ts'

interface User {
  readonly id: number
  /** null if the account is deleted; so is `display_name`. */
  readonly username: string | null
  readonly display_name: string | null
}

/** A row of add_member_v2. */
interface EnteredRow {
  readonly status: EnterRefusal | 'added' | 'member'
  readonly seq: number
  readonly at: Date
  readonly role: Role
  readonly again_in_s: number | null
}

export interface Added {
  readonly event: DurableEvent
  readonly audience: Audience
  /** The new member's connections, which get `room.added`. */
  readonly sockets: readonly string[]
}

/** Makes a user a member. `actorId` is the user themselves when they join, or the user who invites them. */
export async function addMember(
  trx: Trx,
  limits: Limits,
  roomId: number,
  user: User,
  role: Role,
  actorId: number,
): Promise<Added> {
  const isInvited = actorId !== user.id
  const { roomsPerUser } = limits
  const result = await sql<EnteredRow>`
    select * from add_member_v2(${roomId}, ${user.id}, ${role}, ${actorId},
      ${isInvited ? fillableByOthers(roomsPerUser) : roomsPerUser}, 0)`.execute(trx)
  const { status, seq, at, role: given, again_in_s } = result.rows[0]!
  if (status !== 'added' && status !== 'member') {
    const other = isInvited ? user.username : undefined
    throw refusalError({ status, again_in_s }, { roomsPerUser, other })
  }
  const event = memberEvent('member.joined', { room_id: roomId, seq, at }, user, given)
  return {
    event,
    audience: await readAudience(trx, roomId),
    sockets: await readSockets(trx, user.id),
  }
}

export async function announceMember(
  context: ChatContext,
  added: Added,
  room: Room,
): Promise<void> {
  await sendTo(context, { type: 'room.added', room }, added.sockets)
  await publish(context, [added.event], added.audience)
}

export async function changeRole(
  trx: Trx,
  access: Access,
  member: User & { role: Role },
  role: Role,
) {
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
    if (!other)
      throw new ChatError('conflict', 'a room needs an owner: make another member an owner first')
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
    event: memberEvent('member.updated', { room_id: access.roomId, seq, at }, member, role),
    audience: await readAudience(trx, access.roomId),
  }
}

export interface Removed {
  readonly roomId: number
  readonly left: DurableEvent
  readonly handover: DurableEvent | undefined
  /** The remaining members. */
  readonly audience: Audience
  /**
   * Connections of the removed user that were subscribed to the room. They are told of the removal, and nothing after
   * it.
   */
  readonly sockets: readonly (Dismissed & { room_id: number | null })[]
}

export async function endMembership(
  trx: Trx,
  roomId: number,
  user: User,
  actor: User,
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
    heir_username: string | null
    heir_display_name: string | null
    heir_seq: number
    heir_at: Date
  }>`select * from remove_member_v3(${roomId}, ${user.id}, ${actor.id})`.execute(trx)
  const row = result.rows[0]!
  const left = memberLeft({ room_id: roomId, seq: row.seq, at: row.at }, user, actor)
  const heir =
    row.heir_id === null
      ? undefined
      : { id: row.heir_id, username: row.heir_username, display_name: row.heir_display_name }
  const place = { room_id: roomId, seq: row.heir_seq, at: row.heir_at }
  return {
    roomId,
    left,
    handover: heir && memberEvent('member.updated', place, heir, 'owner'),
    audience: await readAudience(trx, roomId),
    sockets,
  }
}

/**
 * [R5] Announces a removal. Their own `member.left` is the last event of the room that a removed user is sent, and
 * `room.removed` follows. One-room sockets of this room are closed.
 */
export async function announceRemoval(context: ChatContext, removed: Removed): Promise<void> {
  const v1 = removed.sockets.filter(({ simple }) => !simple).map(({ id }) => id)
  await sendTo(context, removed.left, v1)
  await sendTo(context, { type: 'room.removed', room_id: removed.roomId }, v1)
  await dismiss(
    context,
    { type: 'bye', code: 'removed', reconnect: false, after_ms: 0 },
    removed.sockets.filter(({ room_id }) => room_id !== null),
  )
  const { left, handover } = removed
  await publish(context, handover ? [left, handover] : [left], removed.audience)
}
