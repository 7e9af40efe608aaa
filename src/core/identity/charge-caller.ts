import { sql } from 'kysely'
import type { Limit } from '../context.ts'
import type { Db } from '../database/database.ts'
import { sessionEnded } from '../errors.ts'
import { type LimitState, type TokenRow, toState } from '../limits/limit.ts'
import { type Caller, toCaller } from './caller.ts'

/**
 * [C5] Looks up the caller, and charges them one token of a limit. Both take one statement. Throws `session_revoked` if
 * the session has ended.
 */
export async function takeTokenOfCaller(
  db: Db,
  sessionId: number,
  name: string,
  limit: Limit,
): Promise<{ readonly caller: Caller; readonly isSuspended: boolean; readonly state: LimitState }> {
  const result = await sql<
    TokenRow & {
      status: 'ok' | 'revoked' | 'suspended'
      user_id: number
      username: string
      display_name: string | null
    }
  >`select * from charge_caller_v2(${sessionId}, ${name}, ${limit.count}, ${limit.seconds})`.execute(
    db,
  )
  const row = result.rows[0]!
  if (row.status === 'revoked') throw sessionEnded()
  const caller = toCaller(row, sessionId)
  return { caller, isSuspended: row.status === 'suspended', state: toState(row, limit) }
}
