/** Details of a user that admins see and change, such as sessions, rooms and the profile. */
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

/** The length of each list on the page of a user. */
export const shownOfUser = 50

export interface UserSession {
  readonly id: number
  readonly created_at: Date
  readonly used_at: Date
  readonly address: string | null
  readonly user_agent: string | null
}

/** Sessions that have not ended, the newest first, at most `shownOfUser`. */
export async function sessionsOf(db: Db, userId: number): Promise<readonly UserSession[]> {
  return await selectSessions(db, userId).orderBy('id', 'desc').limit(shownOfUser).execute()
}

/** A session of a user. Throws `not_found` for a session that has ended, and for one of another user. */
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
  /** For a direct chat, the username of the other user. It is empty if that account is deleted. */
  readonly title: string
  readonly role: Role
  readonly joined_at: Date
}

/** Rooms of which the user is a member, the newest rooms first, at most `shownOfUser`. */
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

/** Ends one session of a user and closes its connections. Throws `not_found` if it has already ended. */
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

export interface ProfileFields {
  /** null: the user has no display name. */
  readonly display_name: string | null
  readonly bio: string
}

/** Changes a user's display name and bio. As when the user changes them, there is no event for it. */
export async function editUser(
  db: Db,
  admin: Admin,
  userId: number,
  { display_name, bio }: ProfileFields,
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
