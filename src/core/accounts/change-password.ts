import { sql } from 'kysely'
import type { ChangePasswordRequest } from '../../protocol/accounts.ts'
import { endSockets } from '../push/end-sockets.ts'
import type { AccountsContext } from '../context.ts'
import { type AccountStatus, checkAccountStatus, confirmPassword } from './confirm-password.ts'
import { checkNewPassword } from './password-policy.ts'

/**
 * [A5] Changes the caller's password. The same statement ends the caller's other sessions. Then their connections are
 * closed.
 */
export async function changePassword(
  context: AccountsContext,
  sessionId: number,
  request: ChangePasswordRequest,
): Promise<void> {
  const { db, passwords } = context
  const { caller, passwordHash } = await confirmPassword(
    context,
    sessionId,
    'current_password',
    request.current_password,
  )
  await checkNewPassword(request.new_password, caller.username, 'new_password')
  const newHash = await passwords.hash(request.new_password)
  const { rows } = await sql<{ status: AccountStatus }>`
    select change_password_v1(${sessionId}, ${caller.userId}, ${passwordHash}, ${newHash}) as status`.execute(
    db,
  )
  checkAccountStatus(rows[0]!.status, 'current_password')
  await endSockets(context, caller.userId)
}
