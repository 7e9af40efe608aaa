import { createHash, randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import type { LoginRequest } from '../../protocol/accounts.ts'
import { checkCredentials, wrongPassword } from '../accounts/check-credentials.ts'
import { forgiveAttempt } from '../accounts/login-attempt.ts'
import { renewHash } from '../accounts/renew-hash.ts'
import { suspendedSince } from '../accounts/suspension.ts'
import type { AccountsContext } from '../context.ts'
import type { Db, Trx } from '../database.ts'
import { ChatError } from '../errors.ts'
import { purgeFullBuckets } from '../limits/limit.ts'
import { networkOf } from '../limits/network-of.ts'

/** Who acts in the admin's pages. */
export interface Admin {
  readonly sessionId: number
  readonly userId: number
  readonly username: string
  /** From where this is done; it is known of who asks for a page. */
  readonly address?: string
}

const idleMinutes = 30
const lifeHours = 8

/** What its session asks of an admin, now: `s` is of admin_sessions, `u` its user. */
const stands = sql`s.expires_at > now() and u.is_admin and ${suspendedSince('u')} is null
  and u.deleted_at is null and u.password_hash = s.password_hash`

/**
 * Begins a session of an admin, and gives its token. Whoever is none, or is suspended, is told what a
 * wrong password is told, after the same work. The caller has charged the address.
 */
export async function signIn(
  context: Pick<AccountsContext, 'db' | 'passwords' | 'limits'>,
  request: LoginRequest,
  address: string,
): Promise<string> {
  const { db } = context
  const network = networkOf(address)
  const { user, attempt } = await checkCredentials(context, 'sign-in', request, network)
  if (!user.is_admin || user.suspended_at) throw wrongPassword()
  await forgiveAttempt(db, attempt)
  await purgeExpired(db)
  await purgeFullBuckets(db)
  const token = randomBytes(32).toString('base64url')
  const begun = await sql<{ id: number }>`
    with begun as (
      insert into admin_sessions (user_id, token_hash, password_hash, network, expires_at)
      select u.id, ${hashOf(token)}, u.password_hash, ${network}, now() + make_interval(mins => ${sql.lit(idleMinutes)})
        from users u
       where u.id = ${user.id} and u.password_hash = ${user.password_hash}
         and u.is_admin and ${suspendedSince('u')} is null and u.deleted_at is null
      returning user_id)
    insert into audit_log (actor_id, action, address) select user_id, 'sign_in', ${address} from begun returning id`.execute(
    db,
  )
  if (begun.rows.length === 0) throw wrongPassword()
  await renewHash(context, user, request.password)
  return token
}

/** Whose session a token is of, as they are now; it goes on for as long again, but never past its day's work. */
export async function findAdmin(db: Db, token: string): Promise<Admin | undefined> {
  const { rows } = await sql<{ session_id: number; user_id: number; username: string }>`
    update admin_sessions s
       set expires_at = least(s.created_at + make_interval(hours => ${sql.lit(lifeHours)}),
                              now() + make_interval(mins => ${sql.lit(idleMinutes)}))
      from users u
     where s.token_hash = ${hashOf(token)} and u.id = s.user_id and ${stands}
    returning s.id as session_id, u.id as user_id, u.username`.execute(db)
  const [row] = rows
  return row && { sessionId: row.session_id, userId: row.user_id, username: row.username }
}

/** Whoever does it twice has done it. */
export async function signOut(db: Db, admin: Admin): Promise<void> {
  await sql`
    with ended as (delete from admin_sessions where id = ${admin.sessionId} returning user_id)
    insert into audit_log (actor_id, action, address)
    select user_id, 'sign_out', ${admin.address ?? null} from ended`.execute(db)
}

/** Any number; it only has to be the same for all that admins do. */
const adminLockKey = 7_267_832_102

/**
 * Begins what an admin does: one after another, so that who is an admin, and whether another one is left,
 * stays as it is looked at. It comes before all other locks.
 */
export async function lockAdmins(trx: Trx, { sessionId }: Admin): Promise<void> {
  await sql`select 1 as locked from pg_advisory_xact_lock(cast(${adminLockKey} as bigint))`.execute(
    trx,
  )
  const { rows } = await sql`
    select s.id from admin_sessions s join users u on u.id = s.user_id
     where s.id = ${sessionId} and ${stands}`.execute(trx)
  if (rows.length === 0)
    throw new ChatError('session_revoked', 'this session has ended: sign in again')
}

/** They go when somebody signs in: no schedule wakes a database that may pause. */
async function purgeExpired(db: Db): Promise<void> {
  await sql`delete from admin_sessions where id in (
    select id from admin_sessions where expires_at < now()
     order by expires_at limit 100 for update skip locked)`.execute(db)
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}
