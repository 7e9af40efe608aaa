import { sql } from 'kysely'
import { refreshTokensMax, sessionDays, twinSeconds } from '../../protocol/limits.ts'
import type { Tokens } from '../../protocol/accounts.ts'
import type { Db } from '../database/database.ts'
import { ChatError } from '../errors.ts'
import { networkOf } from '../limits/network-of.ts'
import type { JwtKeySource } from '../ports.ts'
import { refusalError } from '../refusals/refusal.ts'
import { signAccessToken } from './access-token.ts'
import { newRefreshToken, readRefreshToken } from './refresh-token.ts'

export type Refreshed =
  | { readonly tokens: Tokens }
  /**
   * A used-up token of this user came again. Its session is revoked, and the caller of this function closes the user's
   * connections.
   */
  | { readonly reusedBy: number }

type RefreshRow =
  | { readonly status: 'ok' | 'suspended' | 'reused'; session_id: number; user_id: number }
  | { readonly status: 'revoked' }

/**
 * [A3] Uses a refresh token. refresh_session_v1 decides whether the token is good, and what happens to the other tokens
 * of the session.
 */
export async function refresh(
  db: Db,
  source: JwtKeySource,
  token: string,
  address: string,
): Promise<Refreshed> {
  const given = readRefreshToken(token)
  if (!given) throw new ChatError('unauthenticated', 'the refresh token is not valid: log in')
  // Read the keys before anything is changed. If this failed later, the token would be used and no new one given.
  const keys = await source()
  const next = newRefreshToken(given.family)
  const { rows } = await sql<RefreshRow>`
    select * from refresh_session_v1(${given.familyHash}, ${given.hash}, ${next.hash},
      ${networkOf(address)}, ${sql.lit(sessionDays)}, ${sql.lit(twinSeconds)},
      ${sql.lit(refreshTokensMax)})`.execute(db)
  const row = rows[0]!
  switch (row.status) {
    case 'ok': {
      const access = signAccessToken(keys, { userId: row.user_id, sessionId: row.session_id })
      return { tokens: { access, refresh: next.token } }
    }
    case 'reused':
      return { reusedBy: row.user_id }
    case 'suspended':
    case 'revoked':
      throw refusalError({ status: row.status })
  }
}
