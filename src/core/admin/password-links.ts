import { makePasswordLink, type PasswordLink } from '../accounts/password-link.ts'
import type { Db } from '../database/database.ts'
import { ChatError } from '../errors.ts'
import { lockUser } from './act-on-user.ts'
import { writeAudit } from './audit-log.ts'
import { type Admin, lockAdmins } from './session.ts'

/**
 * [A9] Makes a link by which a user sets a new password. The admin gives it to the user. There is no link for an
 * admin's account: the link gives access to the account, so one admin could act in the name of another. First their
 * admin rights must be revoked, which the audit log records. The log records this link, too, but not its token.
 */
export async function makeLinkFor(
  db: Db,
  admin: Admin,
  userId: number,
  reason: string,
): Promise<PasswordLink> {
  return await db.transaction().execute(async (trx) => {
    await lockAdmins(trx, admin)
    const user = await lockUser(trx, userId)
    if (user.is_admin) {
      throw new ChatError(
        'conflict',
        `the user ${user.username} is an admin: revoke their admin rights first. No link can set the password of an admin`,
      )
    }
    await writeAudit(trx, admin, { action: 'make_password_link', subjectId: userId, reason })
    return await makePasswordLink(trx, userId)
  })
}
