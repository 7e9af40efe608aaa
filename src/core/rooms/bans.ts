/** [R7] Bans, by owners and moderators. Like every change of who is in a room, a ban is made with the room locked. */
import type { Ban } from '../../protocol/bans.ts'
import { getUserByName } from '../names/find-user.ts'
import { toUser } from '../identity/caller.ts'
import type { ChatContext } from '../context.ts'
import type { Db } from '../database/database.ts'
import { type ListPage, type PageRequest, seek, toPage } from '../paging.ts'
import { wireTime } from '../time.ts'
import { type Access, accessRoom, lockRoom, refuseDirect, requireRole } from './access.ts'
import { keepOut, refuseAbove } from './keep-out.ts'
import { announceRemoval, endMembership } from './membership-changes.ts'
import { findMember } from './membership.ts'

/** Bans a user, and removes them if they are a member. A repeat replaces the reason, if it gives one. */
export async function banUser(
  context: ChatContext,
  sessionId: number,
  roomId: number,
  username: string,
  reason: string | undefined,
): Promise<{ ban: Ban; isNew: boolean }> {
  const { removed, isNew, ban } = await context.db.transaction().execute(async (trx) => {
    const access = await lockRoom(trx, sessionId, roomId)
    requireKeeper(access)
    const user = await getUserByName(trx, username)
    const member = await findMember(trx, roomId, user.id)
    refuseAbove(access, member?.role, 'banned')
    const removed = member && (await endMembership(trx, roomId, user, toUser(access.caller)))
    const isNew = await keepOut(trx, access, user.id, { reason, seconds: null })
    const row = await findBans(trx, roomId).where('b.user_id', '=', user.id).executeTakeFirst()
    return { removed, isNew, ban: renderBan(row!) }
  })
  if (removed) await announceRemoval(context, removed)
  return { ban, isNew }
}

/** Lifts a ban, or ends the time for which a removed user is kept out. It may be repeated. */
export async function liftBan(
  { db }: ChatContext,
  sessionId: number,
  roomId: number,
  username: string,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const access = await lockRoom(trx, sessionId, roomId)
    requireKeeper(access)
    const user = await getUserByName(trx, username)
    await trx
      .deleteFrom('bans')
      .where('room_id', '=', roomId)
      .where('user_id', '=', user.id)
      .execute()
  })
}

/** The users who are banned from a room, in the order of their registration. */
export async function listBans(
  db: Db,
  sessionId: number,
  roomId: number,
  request: PageRequest,
): Promise<ListPage<Ban>> {
  requireKeeper(await accessRoom(db, sessionId, roomId))
  const { position, order, limit } = seek('b.user_id', 'asc', request)
  const rows = await findBans(db, roomId).where(position).orderBy(order).limit(limit).execute()
  return toPage(rows, request, (row) => row.user_id, renderBan)
}

function requireKeeper(access: Access): void {
  refuseDirect(access, 'a direct chat has no bans: block the user instead')
  requireRole(access, 'moderator')
}

/**
 * Lasting bans only: users who are kept out for a while are left out. The name in `banned_by` is null if that account
 * is deleted.
 */
function findBans(db: Db, roomId: number) {
  return db
    .selectFrom('bans as b')
    .innerJoin('users as u', 'u.id', 'b.user_id')
    .leftJoin('users as a', (join) =>
      join.onRef('a.id', '=', 'b.banned_by').on('a.deleted_at', 'is', null),
    )
    .where('b.room_id', '=', roomId)
    .where('b.expires_at', 'is', null)
    .where('u.deleted_at', 'is', null)
    .select([
      'b.user_id',
      'u.username',
      'u.display_name',
      'b.reason',
      'a.username as banned_by',
      'a.display_name as banned_by_display_name',
      'b.created_at',
    ])
}

function renderBan({
  created_at,
  ...row
}: Omit<Ban, 'banned_at'> & { readonly created_at: Date }): Ban {
  return { ...row, banned_at: wireTime(created_at) }
}
