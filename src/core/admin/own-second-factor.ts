/** [A8] What admins do with the second factor of their own account, in the admin's pages. The audit log records it. */
import {
  removeSecondFactor,
  renewRecoveryCodes,
  confirmSecondFactor,
  limitConfirming,
} from '../accounts/second-factor.ts'
import type { ChatContext } from '../context.ts'
import type { Db, Trx } from '../database/database.ts'
import { ChatError } from '../errors.ts'
import type { AuditAction } from '../database/audit-actions.ts'
import { writeAudit } from './audit-log.ts'
import { type Admin, lockAdmins } from './session.ts'

/**
 * Turns the second factor on with a first code, and returns the recovery codes. The admin's other sessions of these
 * pages end.
 */
export async function confirmAsAdmin(
  context: Pick<ChatContext, 'db' | 'limits'>,
  admin: Admin,
  code: string,
): Promise<string[]> {
  return await limitConfirming(context, admin.userId, () =>
    act(context.db, admin, 'set_up_second_factor', async (trx) =>
      confirmSecondFactor(trx, admin.userId, code, admin.sessionId),
    ),
  )
}

export async function renewAsAdmin(db: Db, admin: Admin): Promise<string[]> {
  return await act(
    db,
    admin,
    'renew_recovery_codes',
    async (trx) => await renewRecoveryCodes(trx, admin.userId),
  )
}

export async function removeAsAdmin(db: Db, admin: Admin): Promise<void> {
  await act(db, admin, 'remove_second_factor', async (trx) => {
    if (await removeSecondFactor(trx, admin.userId)) return
    throw new ChatError('conflict', 'two-step sign-in is off already')
  })
}

async function act<T>(
  db: Db,
  admin: Admin,
  action: AuditAction,
  work: (trx: Trx) => Promise<T>,
): Promise<T> {
  return await db.transaction().execute(async (trx) => {
    await lockAdmins(trx, admin)
    const done = await work(trx)
    await writeAudit(trx, admin, { action, subjectId: admin.userId })
    return done
  })
}
