import { sql } from 'kysely'
import type { DeleteAccountRequest } from '../../protocol/accounts.ts'
import type { AccountsContext } from '../context.ts'
import type { Db, Trx } from '../database/database.ts'
import { type AccountStatus, checkAccountStatus, confirmPassword } from './confirm-password.ts'
import { beginErasure, continueErasure } from './erase-messages.ts'
import { leaveAtOnce } from './finish-deletion.ts'

/** So long the erasure of messages goes on in the request of their owner. */
const secondsByOwner = 10

/**
 * [A5] Deletes the caller's account. First, in one statement, it is marked, its sessions are ended and
 * its name, address and password are wiped: nothing is begun under it any more, and the name shows
 * nowhere, whatever happens next. Then its sockets are closed, and it leaves its rooms, each in a
 * transaction of its own. Its messages and reactions go only if its owner wants that (erase-messages.ts). What a
 * crash leaves of all this is done at somebody's login (finishDeletion).
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
