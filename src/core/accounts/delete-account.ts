import { sql } from 'kysely'
import type { DeleteAccountRequest } from '../../protocol/accounts.ts'
import type { AccountsContext } from '../context.ts'
import type { Db, Trx } from '../database/database.ts'
import { type AccountStatus, checkAccountStatus, confirmPassword } from './confirm-password.ts'
import { beginErasure, continueErasure } from './erase-messages.ts'
import { leaveAtOnce } from './finish-deletion.ts'

/** How long the owner's request erases messages. */
const secondsByOwner = 10

/**
 * [A5] Deletes the caller's account. First one statement marks it, ends its sessions and wipes its name, address and
 * password. From then on nothing can be begun under the account, and its name shows nowhere, whatever happens next.
 * Then its connections are closed, and it leaves its rooms, each in a transaction of its own. Its messages and
 * reactions are erased only if the owner wants that (erase-messages.ts). After a crash, later logins of other users do
 * the rest (finishDeletion).
 */
export async function deleteAccount(
  context: AccountsContext,
  sessionId: number,
  { password, delete_messages: withMessages = false }: DeleteAccountRequest,
): Promise<void> {
  const { caller, passwordHash } = await confirmPassword(context, sessionId, 'password', password)
  const remove = async (db: Db | Trx) => {
    const { rows } = await sql<{ status: AccountStatus }>`
      select delete_account_v1(${sessionId}, ${caller.userId}, ${passwordHash}) as status`.execute(
      db,
    )
    checkAccountStatus(rows[0]!.status, 'password')
  }
  if (withMessages) {
    await context.db.transaction().execute(async (trx) => {
      await remove(trx)
      await beginErasure(trx, caller.userId)
    })
  } else await remove(context.db)
  await leaveAtOnce(context, caller.userId)
  if (withMessages) await continueErasure(context, caller.userId, secondsByOwner)
}
