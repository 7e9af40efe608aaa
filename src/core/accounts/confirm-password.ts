import { passwordMaxBytes } from '../../protocol/limits.ts'
import type { AccountsContext } from '../context.ts'
import { ChatError, sessionEnded } from '../errors.ts'
import { giveToken, refuseOver, takeToken } from '../limits/limit.ts'
import type { Caller } from '../identity/caller.ts'
import { getCaller } from '../identity/session.ts'
import { refusalError } from '../refusals/refusal.ts'

/** The field of the request that holds the current password. */
export type PasswordField = 'password' | 'current_password'

export interface Confirmed {
  readonly caller: Caller
  /** The hash of the given password. The statement that follows must check that it is still the account's hash. */
  readonly passwordHash: string
}

/**
 * [A5] Checks the caller's password once more. Wrong passwords are limited as at logins, but by session. So somebody
 * who has stolen a session cannot try many passwords. They also cannot keep the user from logging in, or from
 * changing the password in another session.
 */
export async function confirmPassword(
  { db, passwords, limits }: AccountsContext,
  sessionId: number,
  field: PasswordField,
  password: string,
): Promise<Confirmed> {
  const caller = await getCaller(db, sessionId)
  const key = `password:${sessionId}`
  refuseOver(
    await takeToken(db, key, limits.loginsPerAccount),
    'too many attempts to give the password of this account',
  )
  const account = await db
    .selectFrom('users')
    .where('id', '=', caller.userId)
    .where('deleted_at', 'is', null)
    .select('password_hash')
    .executeTakeFirst()
  if (!account) throw sessionEnded()
  // bcrypt would cut a longer password, and accept it if it begins with the right one.
  const fits = Buffer.byteLength(password) <= passwordMaxBytes
  if (!fits || !(await passwords.verify(password, account.password_hash)))
    throw wrongPassword(field)
  await giveToken(db, key, limits.loginsPerAccount)
  return { caller, passwordHash: account.password_hash }
}

/** Statuses of change_password_v1 and delete_account_v1. `changed`: the account has another password by now. */
export type AccountStatus = 'ok' | 'revoked' | 'suspended' | 'changed' | 'last_admin'

export function checkAccountStatus(status: AccountStatus, field: PasswordField): void {
  if (status === 'ok') return
  if (status === 'changed') throw wrongPassword(field)
  if (status === 'last_admin') {
    throw new ChatError(
      'conflict',
      'you are the only admin: make another user an admin before you delete your account',
    )
  }
  throw refusalError({ status })
}

function wrongPassword(field: PasswordField): ChatError {
  return new ChatError('forbidden', `${field} is wrong: give the current password of this account`)
}
