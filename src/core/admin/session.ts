import { createHash, randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import type { LoginRequest } from '../../protocol/accounts.ts'
import { adminCodeSeconds, adminPasswordSeconds, passwordMaxBytes } from '../../protocol/limits.ts'
import {
  checkCode,
  checkCredentials,
  isKnownNetwork,
  wrongPassword,
} from '../accounts/check-credentials.ts'
import { hasSecondFactor } from '../accounts/has-second-factor.ts'
import { forgiveAttempt } from '../accounts/login-attempt.ts'
import { renewHash } from '../accounts/renew-hash.ts'
import { suspendedSince } from '../identity/suspension.ts'
import type { AccountsContext } from '../context.ts'
import type { Db, Trx } from '../database/database.ts'
import { ChatError } from '../errors.ts'
import { giveToken, purgeFullBuckets, refuseOver, takeToken } from '../limits/limit.ts'
import { networkOf } from '../limits/network-of.ts'

/** The admin who acts in the admin's pages. */
export interface Admin {
  readonly sessionId: number
  readonly userId: number
  readonly username: string
  /** The IP address of the request, for requests of pages. */
  readonly address?: string
}

const idleMinutes = 30
const lifeHours = 8

/**
 * SQL for whether a session of the admin's pages is valid now. `s` is a row of admin_sessions or of admin_sign_ins, and
 * `u` is its user.
 */
const stands = sql`s.expires_at > now() and u.is_admin and ${suspendedSince('u')} is null
  and u.deleted_at is null and u.password_hash = s.password_hash`

/** The admin who is signed in, as they are now. */
export interface SignedInAdmin extends Admin {
  /** Whether the admin has given their password within the last 15 minutes. */
  readonly isPasswordFresh: boolean
  readonly hasSecondFactor: boolean
}

type SignInContext = Pick<AccountsContext, 'db' | 'passwords' | 'limits'>

/** The result of a right password: the token of a session, or the token of a sign-in that waits for a code. */
export type SignInResult = { readonly sessionToken: string } | { readonly codeToken: string }

/**
 * Begins a session of an admin and returns its token. For an account with a second factor it begins a sign-in that
 * waits for the code [A8]. A user who is not an admin or is suspended gets the error of a wrong password, after the
 * same work. The caller has charged the address.
 */
export async function signInAdmin(
  context: SignInContext,
  request: LoginRequest,
  address: string,
): Promise<SignInResult> {
  const { db } = context
  const network = networkOf(address)
  const { user, attempt } = await checkCredentials(context, 'sign-in', request, network)
  if (!user.is_admin || user.suspended_at) throw wrongPassword()
  await forgiveAttempt(db, attempt)
  await purgeExpired(db)
  await purgeFullBuckets(db)
  if (!user.has_second_factor) {
    const sessionToken = await begin(db, user, address)
    await renewHash(context, user, request.password)
    return { sessionToken }
  }
  const codeToken = newToken()
  await sql`
    insert into admin_sign_ins (token_hash, user_id, password_hash, expires_at)
    values (${hashOf(codeToken)}, ${user.id}, ${user.password_hash},
      now() + make_interval(secs => ${sql.lit(adminCodeSeconds)}))`.execute(db)
  await renewHash(context, user, request.password)
  return { codeToken }
}

/**
 * [A8] Continues a sign-in that waits for a code, and returns the token of the session. Throws `code_required` for a
 * wrong code, and `session_revoked` if the sign-in has expired. The caller has charged the address.
 */
export async function signInWithCode(
  context: SignInContext,
  codeToken: string,
  code: string,
  address: string,
): Promise<string> {
  const { db } = context
  const network = networkOf(address)
  const { rows } = await sql<{ id: number; password_hash: string; is_known_network: boolean }>`
    select u.id, s.password_hash, ${isKnownNetwork(network)} as is_known_network
      from admin_sign_ins s join users u on u.id = s.user_id
     where s.token_hash = ${hashOf(codeToken)} and ${stands}`.execute(db)
  const [user] = rows
  if (!user) throw signInEnded()
  await checkCode(context, user, network, code)
  await sql`delete from admin_sign_ins where token_hash = ${hashOf(codeToken)}`.execute(db)
  return await begin(db, user, address)
}

/** Whether a sign-in still waits for its code. */
export async function awaitsCode(db: Db, codeToken: string): Promise<boolean> {
  const { rows } = await sql`
    select s.user_id from admin_sign_ins s join users u on u.id = s.user_id
     where s.token_hash = ${hashOf(codeToken)} and ${stands}`.execute(db)
  return rows.length > 0
}

function signInEnded(): ChatError {
  return new ChatError('session_revoked', 'this took too long: sign in again')
}

/** Begins the session. Throws the error of a wrong password if the account has changed in the meantime. */
async function begin(
  db: Db,
  user: { readonly id: number; readonly password_hash: string },
  address: string,
): Promise<string> {
  const token = newToken()
  const begun = await sql<{ id: number }>`
    with begun as (
      insert into admin_sessions (user_id, token_hash, password_hash, network, expires_at)
      select u.id, ${hashOf(token)}, u.password_hash, ${networkOf(address)}, now() + make_interval(mins => ${sql.lit(idleMinutes)})
        from users u
       where u.id = ${user.id} and u.password_hash = ${user.password_hash}
         and u.is_admin and ${suspendedSince('u')} is null and u.deleted_at is null
      returning user_id)
    insert into audit_log (actor_id, action, address) select user_id, 'sign_in', ${address} from begun returning id`.execute(
    db,
  )
  if (begun.rows.length === 0) throw wrongPassword()
  return token
}

/**
 * The admin of a session's token, as they are now. Each call moves the session's end to 30 minutes from now, but not
 * beyond 8 hours after its beginning.
 */
export async function findAdmin(db: Db, token: string): Promise<SignedInAdmin | undefined> {
  const { rows } = await sql<{
    session_id: number
    user_id: number
    username: string
    is_fresh: boolean
    has_second_factor: boolean
  }>`
    update admin_sessions s
       set expires_at = least(s.created_at + make_interval(hours => ${sql.lit(lifeHours)}),
                              now() + make_interval(mins => ${sql.lit(idleMinutes)}))
      from users u
     where s.token_hash = ${hashOf(token)} and u.id = s.user_id and ${stands}
    returning s.id as session_id, u.id as user_id, u.username,
      s.password_at > now() - make_interval(secs => ${sql.lit(adminPasswordSeconds)}) as is_fresh,
      ${hasSecondFactor('u')} as has_second_factor`.execute(db)
  const [row] = rows
  return (
    row && {
      sessionId: row.session_id,
      userId: row.user_id,
      username: row.username,
      isPasswordFresh: row.is_fresh,
      hasSecondFactor: row.has_second_factor,
    }
  )
}

/**
 * Checks an admin's password once more, before a sensitive action. Returns whether it was right. Wrong passwords are
 * limited by session, as in confirmPassword. The caller has charged the address.
 */
export async function confirmAdmin(
  { db, passwords, limits }: SignInContext,
  { sessionId, userId }: Admin,
  password: string,
): Promise<boolean> {
  const key = `admin-password:${sessionId}`
  refuseOver(await takeToken(db, key, limits.loginsPerAccount), 'too many wrong passwords')
  const account = await db
    .selectFrom('users')
    .where('id', '=', userId)
    .select('password_hash')
    .executeTakeFirst()
  // bcrypt would cut a longer password, and accept it if it begins with the right one.
  const fits = Buffer.byteLength(password) <= passwordMaxBytes
  if (!fits || !(await passwords.verify(password, account?.password_hash))) return false
  await giveToken(db, key, limits.loginsPerAccount)
  await sql`update admin_sessions set password_at = now() where id = ${sessionId}`.execute(db)
  return true
}

/** Ends a session of the admin's pages. A second sign-out changes nothing. */
export async function signOut(db: Db, admin: Admin): Promise<void> {
  await sql`
    with ended as (delete from admin_sessions where id = ${admin.sessionId} returning user_id)
    insert into audit_log (actor_id, action, address)
    select user_id, 'sign_out', ${admin.address ?? null} from ended`.execute(db)
}

/** An arbitrary number. It only has to be the same for all actions of admins. */
const adminLockKey = 7_267_832_102

/**
 * Begins an action of an admin. Actions of admins run one after another. So who is an admin, and whether there is
 * another one, cannot change during an action. This lock is taken before all other locks. Throws `session_revoked` if
 * the admin's session has ended.
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

/**
 * Deletes expired sessions and sign-ins. This happens at sign-ins, because a schedule would keep a database awake that
 * may pause.
 */
async function purgeExpired(db: Db): Promise<void> {
  await sql`delete from admin_sessions where id in (
    select id from admin_sessions where expires_at < now()
     order by expires_at limit 100 for update skip locked)`.execute(db)
  await sql`delete from admin_sign_ins where token_hash in (
    select token_hash from admin_sign_ins where expires_at < now()
     order by expires_at limit 100 for update skip locked)`.execute(db)
}

function newToken(): string {
  return randomBytes(32).toString('base64url')
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}
