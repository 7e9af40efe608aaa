/** What an admin sees of one user beside the facts, and what an admin changes of it. */
import { sql } from 'kysely'
import type { Role, RoomKind } from '../../protocol/rooms.ts'
import { revoke } from '../identity/revoke-session.ts'
import { endSockets } from '../push/end-sockets.ts'
import type { Closes } from '../push/dismiss.ts'
import type { Db } from '../database/database.ts'
import { noSuchSession } from '../errors.ts'
import { lockUser } from './act-on-user.ts'
import { writeAudit } from './audit-log.ts'
import { type Admin, lockAdmins } from './session.ts'

/** So many of each list are on the page of a user. */
export const shownOfUser = 50

export interface UserSession {
  readonly id: number
  readonly created_at: Date
  readonly used_at: Date
  readonly address: string | null
  readonly user_agent: string | null
}

/** Sessions that go on, the newest first: at most `shownOfUser`. */
export async function sessionsOf(db: Db, userId: number): Promise<readonly UserSession[]> {
  return await selectSessions(db, userId).orderBy('id', 'desc').limit(shownOfUser).execute()
}

/** Throws `not_found` for a session that has ended, and for one of somebody else. */
export async function getSessionOf(
  db: Db,
  userId: number,
  sessionId: number,
): Promise<UserSession> {
  const session = await selectSessions(db, userId).where('id', '=', sessionId).executeTakeFirst()
  if (!session) throw noSuchSession()
  return session
}

function selectSessions(db: Db, userId: number) {
  return db
    .selectFrom('sessions')
    .where('user_id', '=', userId)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', sql<Date>`now()`)
    .select(['id', 'created_at', 'used_at', 'address', 'user_agent'])
}

export interface UserRoom {
  readonly id: number
  readonly kind: RoomKind
  /** Of a direct chat, the username of the other user; empty when their account is deleted. */
  readonly title: string
  readonly role: Role
  readonly joined_at: Date
}

/** Rooms that the user is in, those that were made last first: at most `shownOfUser`. */
export async function roomsOf(db: Db, userId: number): Promise<readonly UserRoom[]> {
  return await db
    .selectFrom('memberships as m')
    .innerJoin('rooms as r', 'r.id', 'm.room_id')
    .where('m.user_id', '=', userId)
    .where('r.deleted_at', 'is', null)
    .orderBy('m.room_id', 'desc')
    .limit(shownOfUser)
    .select([
      'r.id',
      'r.kind',
      'm.role',
      'm.joined_at',
      sql<string>`case when r.kind <> 'direct' then r.title else coalesce((
        select u.username from memberships o join users u on u.id = o.user_id
         where o.room_id = r.id and o.user_id <> m.user_id limit 1), '') end`.as('title'),
    ])
    .execute()
}

/** Ends one session of a user, and closes its sockets. Throws `not_found` when it has ended already. */
export async function endSessionOf(
  context: Closes,
  admin: Admin,
  userId: number,
  sessionId: number,
  reason: string,
): Promise<void> {
  await context.db.transaction().execute(async (trx) => {
    await lockAdmins(trx, admin)
    if (!(await revoke(trx, userId, sessionId))) throw noSuchSession()
    await writeAudit(trx, admin, {
      action: 'end_session',
      subjectId: userId,
      reason,
      before: { session_id: sessionId },
    })
  })
  await endSockets(context, userId)
}

export interface Profile {
  /** null: the user has none. */
  readonly display_name: string | null
  readonly bio: string
}

/** Another display name or bio. As when the user changes them, no event tells of it. */
export async function editUser(
  db: Db,
  admin: Admin,
  userId: number,
  { display_name, bio }: Profile,
  reason: string,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await lockAdmins(trx, admin)
    await lockUser(trx, userId)
    const users = trx.selectFrom('users').where('id', '=', userId)
    const before = await users.select(['display_name', 'bio']).executeTakeFirstOrThrow()
    await trx.updateTable('users').set({ display_name, bio }).where('id', '=', userId).execute()
    await writeAudit(trx, admin, {
      action: 'edit_user',
      subjectId: userId,
      reason,
      before,
      after: { display_name, bio },
    })
  })
}
