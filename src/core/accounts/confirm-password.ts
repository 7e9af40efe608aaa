import { passwordMaxBytes } from '../../protocol/limits.ts'
import type { AccountsContext } from '../context.ts'
import { ChatError, sessionEnded } from '../errors.ts'
import { giveToken, refuseOver, takeToken } from '../limits/limit.ts'
import type { Caller } from '../identity/caller.ts'
import { getCaller } from '../identity/session.ts'
import { refusalError } from '../refusals/refusal.ts'

/** In which field of a request the present password is. */
export type PasswordField = 'password' | 'current_password'

export interface Confirmed {
  readonly caller: Caller
  /** Of the password that was given: whoever acts on it looks that it still is the account's. */
  readonly passwordHash: string
}

/**
 * [A5] Asks a caller for their password once more. Wrong ones are limited as those of logins are, by session: who
 * has got hold of a session can neither try many passwords, nor keep its owner from logging in, nor from changing
 * the password in another session.
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
  // bcrypt would cut a longer one, and find it right when it begins with the password.
  const fits = Buffer.byteLength(password) <= passwordMaxBytes
  if (!fits || !(await passwords.verify(password, account.password_hash)))
    throw wrongPassword(field)
  await giveToken(db, key, limits.loginsPerAccount)
  return { caller, passwordHash: account.password_hash }
}

/** What change_password_v1 and delete_account_v1 say; changed: it is another password by now. */
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
