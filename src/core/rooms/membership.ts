import { sql } from 'kysely'
import { removedSeconds } from '../../protocol/limits.ts'
import type { Member, Role, Room } from '../../protocol/rooms.ts'
import { getUserByName, type NamedUser } from '../names/find-user.ts'
import { toUser } from '../identity/caller.ts'
import { publish, sendTo } from '../push/publish.ts'
import type { ChatContext, Limits } from '../context.ts'
import type { Trx } from '../database/database.ts'
import { ChatError } from '../errors.ts'
import { notifyOfInvitation } from '../notifications/notify-invitation.ts'
import { wireTime } from '../time.ts'
import { type Access, lockRoom, lockRoomUnasked, refuseDirect, requireRole } from './access.ts'
import { keepOut, refuseAbove } from './keep-out.ts'
import { getRoom } from './find-rooms.ts'
import {
  addMember,
  announceMember,
  announceRemoval,
  changeRole,
  endMembership,
} from './membership-changes.ts'

/** Joins a public room. For a member it changes nothing and returns the room. */
export async function joinRoom(
  context: ChatContext,
  sessionId: number,
  roomId: number,
): Promise<Room> {
  const { room, added } = await context.db.transaction().execute(async (trx) => {
    const { caller, role } = await lockRoom(trx, sessionId, roomId)
    const user = toUser(caller)
    const added = role
      ? undefined
      : await addMember(trx, context.limits, roomId, user, 'member', user.id)
    return { room: await getRoom(trx, user.id, roomId), added }
  })
  if (added) await announceMember(context, added, room)
  return room
}

/**
 * [R6] Leaves a room. If the last owner leaves, another member becomes the owner. If the caller is not a member,
 * nothing happens.
 */
export async function leaveRoom(
  context: ChatContext,
  sessionId: number,
  roomId: number,
): Promise<void> {
  const removed = await context.db.transaction().execute(async (trx) => {
    const access = await lockRoom(trx, sessionId, roomId)
    refuseDirect(access, 'you cannot leave a direct chat: block the user instead')
    if (!access.role) return undefined
    const user = toUser(access.caller)
    return await endMembership(trx, roomId, user, user)
  })
  if (removed) await announceRemoval(context, removed)
}

/** [A5] Removes a deleted account from a room. If it is not a member any more, nothing happens. */
export async function withdraw(
  context: ChatContext,
  roomId: number,
  userId: number,
): Promise<void> {
  const removed = await context.db.transaction().execute(async (trx) => {
    if (!(await lockRoomUnasked(trx, roomId))) return undefined
    if (!(await findMember(trx, roomId, userId))) return undefined
    const nobody = { id: userId, username: null, display_name: null }
    return await endMembership(trx, roomId, nobody, nobody)
  })
  if (removed) await announceRemoval(context, removed)
}

/** [R2] Invites a user, or changes the role of a member. Without `role` a member keeps their role. */
export async function putMember(
  context: ChatContext,
  sessionId: number,
  roomId: number,
  username: string,
  role: Role | undefined,
): Promise<{ member: Member; isNew: boolean }> {
  const { invited, changed, member } = await context.db.transaction().execute(async (trx) => {
    const access = await lockRoom(trx, sessionId, roomId)
    refuseDirect(access, 'a direct chat has exactly two members: create a room instead')
    requireRole(access, role === undefined || role === 'member' ? 'moderator' : 'owner')
    const user = await getUserByName(trx, username)
    const present = await findMember(trx, roomId, user.id)
    const invited = present
      ? undefined
      : await inviteMember(trx, context.limits, access, user, role ?? 'member')
    const changed =
      present && role && present.role !== role
        ? await changeRole(trx, access, { ...user, role: present.role }, role)
        : undefined
    return { invited, changed, member: (await findMember(trx, roomId, user.id))! }
  })
  if (invited) await announceInvited(context, invited)
  if (changed) await publish(context, [changed.event], changed.audience)
  return { member, isNew: invited !== undefined }
}

export async function inviteMember(
  trx: Trx,
  limits: Limits,
  { roomId, caller }: Access,
  user: NamedUser,
  role: Role,
) {
  await refuseBlocked(trx, caller.userId, user)
  const added = await addMember(trx, limits, roomId, user, role, caller.userId)
  const room = await getRoom(trx, user.id, roomId)
  return { added, room, notification: await notifyOfInvitation(trx, user.id, room, caller) }
}

export async function announceInvited(
  context: ChatContext,
  { added, room, notification }: Awaited<ReturnType<typeof inviteMember>>,
): Promise<void> {
  await announceMember(context, added, room)
  await sendTo(context, notification, added.sockets)
}

/**
 * [R2, R5] Removes a member. Owners remove anybody except owners. Moderators remove anybody except owners and
 * moderators. A user who is removed from a public room is kept out for a while [R7]. Otherwise their client would join
 * again at once.
 */
export async function removeMember(
  context: ChatContext,
  sessionId: number,
  roomId: number,
  username: string,
): Promise<void> {
  const removed = await context.db.transaction().execute(async (trx) => {
    const access = await lockRoom(trx, sessionId, roomId)
    refuseDirect(access, 'you cannot remove a user from a direct chat: block them instead')
    requireRole(access, 'moderator')
    const user = await getUserByName(trx, username)
    const member = await findMember(trx, roomId, user.id)
    if (!member) throw new ChatError('not_found', 'no such member')
    refuseAbove(access, member.role, 'removed')
    const removed = await endMembership(trx, roomId, user, toUser(access.caller))
    if (access.kind === 'public') {
      await keepOut(trx, access, user.id, { reason: undefined, seconds: removedSeconds })
    }
    return removed
  })
  await announceRemoval(context, removed)
}

/** [A6] The caller cannot invite a user who has blocked them. */
async function refuseBlocked(trx: Trx, callerId: number, user: NamedUser): Promise<void> {
  const { rows } = await sql<{ is_blocked: boolean }>`
    select is_blocked_v1(${callerId}, ${user.id}) as is_blocked`.execute(trx)
  if (!rows[0]!.is_blocked) return
  throw new ChatError('forbidden', `you cannot invite ${user.username}`)
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
    .select(['user_id', 'username', 'display_name', 'role', 'joined_at'])
    .executeTakeFirst()
  return row && { ...row, joined_at: wireTime(row.joined_at) }
}
