import { sql } from 'kysely'
import type { RegisterRequest, User } from '../../protocol/accounts.ts'
import type { AuditAction } from '../database/audit-actions.ts'
import type { Db, Trx } from '../database/database.ts'
import { ChatError, noSuchUser } from '../errors.ts'
import { foldName } from '../names/fold-case.ts'
import type { PasswordHasher } from '../ports.ts'
import { isUniqueViolation } from '../database/unique-violation.ts'
import { endPasswordLink } from './end-password-link.ts'
import { checkNewPassword } from './password-policy.ts'
import { renderUser, userColumns } from './render-user.ts'
import { removeSecondFactor } from './second-factor.ts'
import { suspendedSince } from '../identity/suspension.ts'

export interface Account {
  readonly id: number
  readonly username: string
  readonly is_admin: boolean
  readonly suspended_at: Date | null
}

/** An account by its username, in any case; undefined if the username is free. */
export async function findAccount(db: Db, username: string): Promise<Account | undefined> {
  return await db
    .selectFrom('users')
    .where(foldName(sql.ref('username')), '=', foldName(sql.val(username)))
    .where('deleted_at', 'is', null)
    .select(['id', 'username', 'is_admin', suspendedSince('users').as('suspended_at')])
    .executeTakeFirst()
}

/** Creates an account with admin rights. It checks no session: the caller has access to the database itself. */
export async function createAdmin(
  db: Db,
  passwords: PasswordHasher,
  { username, email, password }: RegisterRequest,
): Promise<User> {
  await checkNewPassword(password, username, 'password')
  try {
    const passwordHash = await passwords.hash(password)
    return await db.transaction().execute(async (trx) => {
      const user = await trx
        .insertInto('users')
        .values({ username, email, password_hash: passwordHash, is_admin: true })
        .returning(userColumns)
        .executeTakeFirstOrThrow()
      await writeDone(trx, 'make_admin', user.id)
      return renderUser(user)
    })
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    throw new ChatError('conflict', `the username ${username} is taken: choose another`, {
      cause: error,
    })
  }
}

/** Gives an existing account admin rights. */
export async function makeAdmin(db: Db, userId: number): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const { numUpdatedRows } = await trx
      .updateTable('users')
      .set({ is_admin: true })
      .where('id', '=', userId)
      .where('deleted_at', 'is', null)
      .executeTakeFirst()
    if (numUpdatedRows === 0n) throw noSuchUser()
    await endPasswordLink(trx, userId)
    await writeDone(trx, 'make_admin', userId)
  })
}

/**
 * [A8] Turns off the second factor of a user who has lost their phone and their recovery codes. Returns whether it was
 * on.
 */
export async function resetSecondFactor(db: Db, userId: number): Promise<boolean> {
  return await db.transaction().execute(async (trx) => {
    if (!(await removeSecondFactor(trx, userId))) return false
    await writeDone(trx, 'remove_second_factor', userId)
    return true
  })
}

/** Writes to the audit log without an actor, since this was not done in the admin's pages. */
async function writeDone(trx: Trx, action: AuditAction, userId: number): Promise<void> {
  await trx
    .insertInto('audit_log')
    .values({
      actor_id: null,
      action,
      subject_id: userId,
      reason: null,
      notice_id: null,
    })
    .execute()
}
