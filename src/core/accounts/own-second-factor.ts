/** [A8] What users do with the second factor of their own account, in a session of the chat. */
import type { SecondFactor, SecondFactorBegun } from '../../protocol/second-factor.ts'
import type { AccountsContext } from '../context.ts'
import type { Db } from '../database/database.ts'
import { confirmPassword } from './confirm-password.ts'
import {
  beginSecondFactor,
  readSecondFactor,
  removeSecondFactor,
  renewRecoveryCodes,
} from './second-factor.ts'
import { getCaller } from '../identity/session.ts'

export async function readOwnFactor(db: Db, sessionId: number): Promise<SecondFactor> {
  const { userId } = await getCaller(db, sessionId)
  return await readSecondFactor(db, userId)
}

/**
 * Begins to set up a second factor. It needs the password: otherwise somebody with an open session could lock the owner
 * out.
 */
export async function beginOwnFactor(
  context: AccountsContext,
  sessionId: number,
  password: string,
): Promise<SecondFactorBegun> {
  const { caller } = await confirmPassword(context, sessionId, 'password', password)
  return await beginSecondFactor(context.db, caller)
}

export async function removeOwnFactor(
  context: AccountsContext,
  sessionId: number,
  password: string,
): Promise<void> {
  const { caller } = await confirmPassword(context, sessionId, 'password', password)
  await removeSecondFactor(context.db, caller.userId)
}

export async function renewOwnCodes(
  context: AccountsContext,
  sessionId: number,
  password: string,
): Promise<string[]> {
  const { caller } = await confirmPassword(context, sessionId, 'password', password)
  return await renewRecoveryCodes(context.db, caller.userId)
}
