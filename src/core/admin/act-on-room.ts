/**
 * What admins do to rooms and their members. Each action is one transaction with its entry in the audit log. After the
 * commit the room gets the same events as for a change by an owner.
 */
import { sql } from 'kysely'
import type { Role, UpdateRoomRequest } from '../../protocol/rooms.ts'
import { removedSeconds } from '../../protocol/limits.ts'
import { toUser } from '../identity/caller.ts'
import { getUserByName } from '../names/find-user.ts'
import { publish } from '../push/publish.ts'
import type { ChatContext } from '../context.ts'
import type { Trx } from '../database/database.ts'
import { ChatError } from '../errors.ts'
import { refuseDirect } from '../rooms/access.ts'
import {
  announceDeletion,
  announceUpdate,
  changeTexts,
  logUpdate,
  markDeleted,
} from '../rooms/change-room.ts'
import { keepOut } from '../rooms/keep-out.ts'
import { announceInvited, findMember, inviteMember } from '../rooms/membership.ts'
import { announceRemoval, changeRole, endMembership } from '../rooms/membership-changes.ts'
import type { AuditAction } from '../database/audit-actions.ts'
import { writeAudit } from './audit-log.ts'
import { type AdminAccess, enterRoom } from './enter-room.ts'
import type { Admin } from './session.ts'

const direct = 'a direct chat belongs to its two members: admins cannot change it'

/** The part of an action that is only for the audit log. */
interface Said {
  readonly reason: string
}

/** Enters a room. Refuses a direct chat. */
async function enter(trx: Trx, admin: Admin, roomId: number): Promise<AdminAccess> {
  const access = await enterRoom(trx, admin, roomId)
  refuseDirect(access, direct)
  return access
}

/** Changes the title and the description. Throws `conflict` if both are the same as before. */
export async function editRoom(
  context: ChatContext,
  admin: Admin,
  roomId: number,
  request: Required<UpdateRoomRequest>,
  { reason }: Said,
): Promise<void> {
  const updated = await context.db.transaction().execute(async (trx) => {
    const access = await enter(trx, admin, roomId)
    const { title, description } = access.before
    if (title === request.title && description === request.description) {
      throw new ChatError('conflict', 'the room has this title and this description already')
    }
    await writeAudit(trx, admin, {
      action: 'edit_room',
      roomId,
      reason,
      before: { title, description },
      after: { title: request.title, description: request.description },
    })
    return await changeTexts(trx, access, request)
  })
  await announceUpdate(context, updated)
}

/** [R9] Archives a room or restores it. */
export async function archiveRoom(
  context: ChatContext,
  admin: Admin,
  roomId: number,
  isArchived: boolean,
  { reason }: Said,
): Promise<void> {
  const updated = await context.db.transaction().execute(async (trx) => {
    const access = await enter(trx, admin, roomId)
    if ((access.before.archived_at !== null) === isArchived) {
      throw new ChatError(
        'conflict',
        isArchived ? 'the room is archived already' : 'the room is not archived',
      )
    }
    await sql`update rooms set archived_at = ${isArchived ? sql`now()` : sql`null`} where id = ${roomId}`.execute(
      trx,
    )
    await writeAudit(trx, admin, {
      action: isArchived ? 'archive_room' : 'restore_room',
      roomId,
      reason,
    })
    return await logUpdate(trx, access)
  })
  await announceUpdate(context, updated)
}

/** [R6] Deletes a room. Nobody can read it any more. */
export async function deleteRoomAsAdmin(
  context: ChatContext,
  admin: Admin,
  roomId: number,
  { reason }: Said,
): Promise<void> {
  const deleted = await context.db.transaction().execute(async (trx) => {
    const access = await enter(trx, admin, roomId)
    const { name, title } = access.before
    await writeAudit(trx, admin, { action: 'delete_room', roomId, reason, before: { name, title } })
    return await markDeleted(trx, access)
  })
  await announceDeletion(context, deleted)
}

/** [R2] Makes a user a member and notifies them, as an invitation does. */
export async function addToRoom(
  context: ChatContext,
  admin: Admin,
  roomId: number,
  username: string,
  role: Role,
  { reason }: Said,
): Promise<void> {
  const invited = await context.db.transaction().execute(async (trx) => {
    const access = await enter(trx, admin, roomId)
    const user = await getUserByName(trx, username)
    if (await findMember(trx, roomId, user.id)) {
      throw new ChatError('conflict', `${user.username} is a member already`)
    }
    const made = await inviteMember(trx, context.limits, access, user, role)
    const given = made.room.role ?? role
    await writeMember(trx, admin, 'add_member', { roomId, userId: user.id, reason, after: given })
    return made
  })
  await announceInvited(context, invited)
}

export type MemberAction = 'remove_member' | 'ban_member' | 'hand_over'

/** Applies an action to a member with any role, owners included. */
export async function actOnMember(
  context: ChatContext,
  admin: Admin,
  roomId: number,
  userId: number,
  action: MemberAction,
  said: Said,
): Promise<void> {
  if (action === 'hand_over') await handOver(context, admin, roomId, userId, said)
  else await takeOut(context, admin, roomId, userId, action, said)
}

/**
 * [R5, R7] Removes a member. A user who is removed from a public room is kept out for a while, as when an owner removes
 * them. A banned user is kept out until the ban is lifted.
 */
async function takeOut(
  context: ChatContext,
  admin: Admin,
  roomId: number,
  userId: number,
  action: 'remove_member' | 'ban_member',
  { reason }: Said,
): Promise<void> {
  const removed = await context.db.transaction().execute(async (trx) => {
    const access = await enter(trx, admin, roomId)
    const member = await getMember(trx, roomId, userId)
    const gone = await endMembership(trx, roomId, member, toUser(access.caller))
    if (action === 'ban_member') {
      await keepOut(trx, access, userId, { reason, seconds: null })
    } else if (access.kind === 'public') {
      await keepOut(trx, access, userId, { reason: undefined, seconds: removedSeconds })
    }
    await writeMember(trx, admin, action, { roomId, userId, reason, before: member.role })
    return gone
  })
  await announceRemoval(context, removed)
}

/** Makes a member the only owner. The previous owners become moderators. */
async function handOver(
  context: ChatContext,
  admin: Admin,
  roomId: number,
  userId: number,
  { reason }: Said,
): Promise<void> {
  const changes = await context.db.transaction().execute(async (trx) => {
    const access = await enter(trx, admin, roomId)
    const member = await getMember(trx, roomId, userId)
    const others = await trx
      .selectFrom('memberships as m')
      .innerJoin('users as u', 'u.id', 'm.user_id')
      .where('m.room_id', '=', roomId)
      .where('m.role', '=', 'owner')
      .where('m.user_id', '<>', userId)
      .orderBy('m.user_id')
      .select(['u.id', 'u.username', 'u.display_name', 'm.role'])
      .execute()
    if (member.role === 'owner' && others.length === 0) {
      throw new ChatError('conflict', `${member.username} is the only owner already`)
    }
    const made = member.role === 'owner' ? [] : [await changeRole(trx, access, member, 'owner')]
    for (const other of others) made.push(await changeRole(trx, access, other, 'moderator'))
    await writeMember(trx, admin, 'hand_over', {
      roomId,
      userId,
      reason,
      before: member.role,
      after: 'owner',
    })
    return made
  })
  const events = changes.map(({ event }) => event)
  await publish(context, events, changes.at(-1)!.audience)
}

/** [R7] Lets a banned or removed user in again. */
export async function liftBanAsAdmin(
  { db }: ChatContext,
  admin: Admin,
  roomId: number,
  userId: number,
  { reason }: Said,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await enter(trx, admin, roomId)
    const lifted = await trx
      .deleteFrom('bans')
      .where('room_id', '=', roomId)
      .where('user_id', '=', userId)
      .returning('user_id')
      .executeTakeFirst()
    if (!lifted) throw new ChatError('conflict', 'this user is not banned from the room any more')
    await writeMember(trx, admin, 'lift_ban', { roomId, userId, reason })
  })
}

async function getMember(trx: Trx, roomId: number, userId: number) {
  const member = await findMember(trx, roomId, userId)
  if (!member) throw new ChatError('conflict', 'this user is not a member of the room any more')
  const { user_id: id, username, display_name, role } = member
  return { id, username, display_name, role }
}

async function writeMember(
  trx: Trx,
  admin: Admin,
  action: AuditAction,
  entry: {
    readonly roomId: number
    readonly userId: number
    readonly reason: string
    readonly before?: Role
    readonly after?: Role
  },
): Promise<void> {
  const { roomId, userId: subjectId, reason, before, after } = entry
  await writeAudit(trx, admin, {
    action,
    roomId,
    subjectId,
    reason,
    ...(before && { before: { role: before } }),
    ...(after && { after: { role: after } }),
  })
}
