import { sql } from 'kysely'
import { sessionDays } from '../../protocol/limits.ts'
import type { Tokens } from '../../protocol/accounts.ts'
import type { Db } from '../database.ts'
import { accountSuspended, ChatError, sessionEnded } from '../errors.ts'
import type { JwtKeySource } from '../ports.ts'
import { signAccessToken } from './access-token.ts'
import { newRefreshToken, readRefreshToken } from './refresh-token.ts'

export type Refreshed =
  | { readonly tokens: Tokens }
  /** A token of this user that was used up came again: its session is revoked, and the sockets have to go. */
  | { readonly reusedBy: number }

/**
 * [A3] A session has a current token and the one before it. The current one makes itself the one
 * before and a successor current. The one before makes another successor, so that a lost answer does
 * not log anybody out; the successor that was never used is void. Any other token of the session has
 * been used up or made void: who shows it, or who used it, stole it.
 */
export async function refresh(db: Db, source: JwtKeySource, token: string): Promise<Refreshed> {
  const given = readRefreshToken(token)
  if (!given) throw new ChatError('unauthenticated', 'the refresh token is not valid: log in')
  // Before anything is changed: a token that is used up for nothing is not given back.
  const keys = await source()
  const next = newRefreshToken(given.family)
  const rotated = await sql<{ id: number; user_id: number; suspended: boolean }>`
    update sessions s
       set refresh_previous = ${given.hash}, refresh_current = ${next.hash}, used_at = now(),
           expires_at = now() + make_interval(days => ${sql.lit(sessionDays)})
      from users u
     where s.refresh_family = ${given.familyHash}
       and (s.refresh_current = ${given.hash} or s.refresh_previous = ${given.hash})
       and s.revoked_at is null and s.expires_at > now()
       and u.id = s.user_id and u.deleted_at is null
    returning s.id, s.user_id, u.suspended_at is not null as suspended`.execute(db)
  const session = rotated.rows[0]
  if (session?.suspended) throw accountSuspended()
  if (session) {
    const access = signAccessToken(keys, { userId: session.user_id, sessionId: session.id })
    return { tokens: { access, refresh: next.token } }
  }
  const revoked = await sql<{ user_id: number }>`
    update sessions set revoked_at = now()
     where refresh_family = ${given.familyHash} and revoked_at is null and expires_at > now()
    returning user_id`.execute(db)
  if (revoked.rows[0]) return { reusedBy: revoked.rows[0].user_id }
  throw sessionEnded()
}
