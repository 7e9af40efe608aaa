import { sql } from 'kysely'
import { sessionDays } from '../../protocol/limits.ts'
import type { Tokens } from '../../protocol/accounts.ts'
import type { Db, Trx } from '../database/database.ts'
import { sessionEnded } from '../errors.ts'
import { networkOf } from '../limits/network-of.ts'
import type { JwtKeys } from '../ports.ts'
import { signAccessToken } from './access-token.ts'
import { type Caller, toCaller } from './caller.ts'
import { newRefreshToken } from './refresh-token.ts'
import { suspended, suspendedSince, type Suspension } from './suspension.ts'

/** The client that began a session. It is shown to the user, so that they recognise the session. */
export interface Client {
  readonly address: string
  readonly userAgent: string | undefined
}

/**
 * Begins a session. Returns undefined if the password was changed or the account was deleted after the hash was read.
 */
export async function beginSession(
  db: Db | Trx,
  keys: JwtKeys,
  user: { readonly id: number; readonly password_hash: string },
  client: Client,
): Promise<Tokens | undefined> {
  const refresh = newRefreshToken()
  const begun = await sql<{ id: number | null }>`
    select begin_session_v2(${user.id}, ${user.password_hash}, ${sql.lit(sessionDays)},
      ${client.address}, ${networkOf(client.address)}, ${client.userAgent?.slice(0, 256) ?? null},
      ${refresh.familyHash}, ${refresh.hash}) as id`.execute(db)
  const sessionId = begun.rows[0]!.id
  if (sessionId === null) return undefined
  return { access: signAccessToken(keys, { userId: user.id, sessionId }), refresh: refresh.token }
}

/**
 * [C5] The caller by the session of a request, as it is now. Throws if the session has ended or the account is
 * suspended.
 */
export async function getCaller(db: Db, sessionId: number): Promise<Caller> {
  const { suspension, ...caller } = await getSessionOwner(db, sessionId)
  if (suspension) throw suspended(suspension)
  return caller
}

/** [A4] The caller, also if the account is suspended. Suspended users may still list their sessions and end them. */
export async function getSessionOwner(
  db: Db,
  sessionId: number,
): Promise<Caller & { readonly suspension: Suspension | undefined }> {
  const row = await db
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .where('sessions.id', '=', sessionId)
    .where('sessions.revoked_at', 'is', null)
    .where('sessions.expires_at', '>', sql<Date>`now()`)
    .where('users.deleted_at', 'is', null)
    .select([
      'users.id as user_id',
      'users.username',
      'users.display_name',
      suspendedSince('users').as('suspended_at'),
      'users.suspended_until',
      'users.suspension_reason',
    ])
    .executeTakeFirst()
  if (!row) throw sessionEnded()
  return { ...toCaller(row, sessionId), suspension: row.suspended_at === null ? undefined : row }
}

/**
 * Deletes expired sessions. This happens at logins, because a schedule would keep a database awake that may pause.
 * Sessions with connections stay until these are deleted, since frames lock a connection before its session.
 */
export async function purgeExpiredSessions(db: Db): Promise<void> {
  await sql`delete from sessions where id in (
    select s.id from sessions s
     where s.expires_at < now()
       and not exists (select from connections c where c.session_id = s.id)
     order by s.expires_at limit 100 for update skip locked)`.execute(db)
}
