import { type RawBuilder, sql } from 'kysely'
import type { LoginRequest } from '../../protocol/accounts.ts'
import { passwordMaxBytes } from '../../protocol/limits.ts'
import type { AccountsContext } from '../context.ts'
import type { Db } from '../database/database.ts'
import { ChatError } from '../errors.ts'
import { foldName } from '../names/fold-case.ts'
import { hasSecondFactor } from './has-second-factor.ts'
import { type Attempt, beginAttempt, type LoginPlace, forgiveAttempt } from './login-attempt.ts'
import { userColumns } from './render-user.ts'
import { useCode } from './second-factor.ts'
import { suspendedSince } from '../identity/suspension.ts'

type Account = NonNullable<Awaited<ReturnType<typeof findUserToLogIn>>>

/**
 * [A2] Checks a username and a password. Returns the user, and the attempt that was charged. For an unknown user and
 * for a wrong password it throws the same error after the same work. The caller charges the address before, and
 * forgives the attempt if it lets the user in.
 */
export async function checkCredentials(
  { db, passwords, limits }: Pick<AccountsContext, 'db' | 'passwords' | 'limits'>,
  place: LoginPlace,
  request: LoginRequest,
  network: string,
): Promise<{ readonly user: Account; readonly attempt: Attempt }> {
  const user = await findUserToLogIn(db, request.username, network)
  // The key of a known account has the account's id, so no invented username can have the same key.
  const account = user ? `account:${user.id}` : `name:${request.username.toLowerCase()}`
  const isKnown = user?.is_known_network ?? false
  const attempt = await beginAttempt(db, place, account, network, isKnown, limits.loginsPerAccount)
  // bcrypt would cut a longer password, and accept it if it begins with the right one.
  const fits = Buffer.byteLength(request.password) <= passwordMaxBytes
  const isRight = await passwords.verify(fits ? request.password : '', user?.password_hash)
  if (!user || !fits || !isRight) throw wrongPassword()
  return { user, attempt }
}

/**
 * [A8] Uses a code of a user whose password was right. Throws `code_required` if the code is missing or wrong. Wrong
 * codes have a limit of their own, apart from passwords. So only somebody who knows the password can use this limit up.
 * From another network they cannot use it up for a network that the account knows.
 */
export async function checkCode(
  { db, limits }: Pick<AccountsContext, 'db' | 'limits'>,
  user: { readonly id: number; readonly is_known_network: boolean },
  network: string,
  code: string | undefined,
): Promise<void> {
  if (code === undefined) {
    throw new ChatError(
      'code_required',
      'this account has a second factor: give code, too, with a code from the app or a recovery code',
    )
  }
  const { id, is_known_network: isKnown } = user
  const limit = limits.codesPerAccount
  const attempt = await beginAttempt(db, 'code', `account:${id}`, network, isKnown, limit)
  if (!(await useCode(db, id, code))) {
    throw new ChatError(
      'code_required',
      'this code is wrong, or was used already: give the code that the app shows now, or an unused recovery code',
    )
  }
  await forgiveAttempt(db, attempt)
}

export function wrongPassword(): ChatError {
  return new ChatError('unauthenticated', 'wrong username or password')
}

async function findUserToLogIn(db: Db, username: string, network: string) {
  return await db
    .selectFrom('users as u')
    .where(foldName(sql.ref('u.username')), '=', foldName(sql.val(username)))
    .where('u.deleted_at', 'is', null)
    .select([
      ...userColumns.map((column) => `u.${column}` as const),
      'u.password_hash',
      suspendedSince('u').as('suspended_at'),
      'u.suspended_until',
      'u.suspension_reason',
      hasSecondFactor('u').as('has_second_factor'),
      isKnownNetwork(network).as('is_known_network'),
    ])
    .executeTakeFirst()
}

/**
 * SQL for whether a network is known to the user `u` of the statement: a valid session of the chat was last used from
 * there, or a valid session of the admin's pages was begun there.
 */
export function isKnownNetwork(network: string): RawBuilder<boolean> {
  return sql`(exists (
    select from sessions s
     where s.user_id = u.id and s.network = ${network}
       and s.revoked_at is null and s.expires_at > now())
    or exists (
    select from admin_sessions a
     where a.user_id = u.id and a.network = ${network} and a.expires_at > now()))`
}
