import { sql } from 'kysely'
import { sessionDays } from '../../protocol/limits.ts'
import type { Tokens } from '../../protocol/accounts.ts'
import type { Db, Trx } from '../database.ts'
import { accountSuspended, sessionEnded } from '../errors.ts'
import type { JwtKeys } from '../ports.ts'
import { signAccessToken } from './access-token.ts'
import { newRefreshToken } from './refresh-token.ts'

/** Where a session was begun from, for its owner to recognise it. */
export interface Client {
  readonly address: string
  readonly userAgent: string | undefined
}

/** The caller of a request: somebody whose session was looked up in it. */
export interface Caller {
  readonly userId: number
  readonly username: string
  readonly sessionId: number
}

export async function insertSession(
  db: Db | Trx,
  keys: JwtKeys,
  userId: number,
  client: Client,
): Promise<Tokens> {
  const refresh = newRefreshToken()
  const inserted = await sql<{ id: number }>`
    insert into sessions (user_id, expires_at, address, user_agent, refresh_family, refresh_current)
    values (${userId}, now() + make_interval(days => ${sql.lit(sessionDays)}), ${client.address},
            ${client.userAgent?.slice(0, 256) ?? null}, ${refresh.familyHash}, ${refresh.hash})
    returning id`.execute(db)
  const sessionId = inserted.rows[0]!.id
  return { access: signAccessToken(keys, { userId, sessionId }), refresh: refresh.token }
}

/** [C5] The session of a request, as it is now; throws when it has ended or its account is suspended. */
export async function getCaller(db: Db, sessionId: number): Promise<Caller> {
  const row = await db
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .where('sessions.id', '=', sessionId)
    .where('sessions.revoked_at', 'is', null)
    .where('sessions.expires_at', '>', sql<Date>`now()`)
    .where('users.deleted_at', 'is', null)
    .select(['users.id', 'users.username', 'users.suspended_at'])
    .executeTakeFirst()
  if (!row) throw sessionEnded()
  if (row.suspended_at) throw accountSuspended()
  return { userId: row.id, username: row.username, sessionId }
}

/**
 * Expired sessions go when somebody logs in: no schedule wakes a database that may pause. Those that
 * have sockets stay until these are swept, since frames lock a connection before its session.
 */
export async function purgeExpiredSessions(db: Db): Promise<void> {
  await sql`delete from sessions where id in (
    select s.id from sessions s
     where s.expires_at < now()
       and not exists (select from connections c where c.session_id = s.id)
     order by s.expires_at limit 100 for update skip locked)`.execute(db)
}
