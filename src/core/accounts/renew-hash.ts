import { sql } from 'kysely'
import type { AccountsContext } from '../context.ts'

/**
 * [A2] Replaces a password hash that was made with another cost. The caller has just checked the password. The password
 * stays the same, so sessions of the admin's pages that were begun with the old hash go on, and so do sign-ins that
 * wait for a code. If the account has another hash by now, nothing happens.
 */
export async function renewHash(
  { db, passwords }: Pick<AccountsContext, 'db' | 'passwords'>,
  user: { readonly id: number; readonly password_hash: string },
  password: string,
): Promise<void> {
  if (!passwords.isOutdated(user.password_hash)) return
  const renewed = await passwords.hash(password)
  await sql`
    with renewed as (
      update users set password_hash = ${renewed}
       where id = ${user.id} and deleted_at is null and password_hash = ${user.password_hash}
      returning id),
    waiting as (
      update admin_sign_ins s set password_hash = ${renewed}
        from renewed where s.user_id = renewed.id and s.password_hash = ${user.password_hash})
    update admin_sessions a set password_hash = ${renewed}
      from renewed where a.user_id = renewed.id and a.password_hash = ${user.password_hash}`.execute(
    db,
  )
}
