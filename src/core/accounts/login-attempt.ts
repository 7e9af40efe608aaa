import { sql } from 'kysely'
import type { Db } from '../database/database.ts'
import { RateLimitedError } from '../errors.ts'
import type { Limit } from '../context.ts'

/**
 * Where a password is given, or the code of a second factor. Each door has buckets of its own: guesses at one do not
 * close the other.
 */
export type Door = 'login' | 'sign-in' | 'code'

/** An attempt that was charged, and to which buckets. */
export interface Attempt {
  readonly key: string
  /** null in a network that the account knows. */
  readonly strangersKey: string | null
  readonly limit: Limit
  readonly strangersLimit: Limit
}

/**
 * So many networks together may try as often as each may alone. Of codes there are only a million, and three are good
 * at a time: those who know the password and guess codes are held to what one network may.
 */
const strangersFactor: Record<Door, number> = { login: 10, 'sign-in': 10, code: 1 }

/**
 * [A2] Charges an attempt to log in, before its password is compared. So attempts that come at the same moment are
 * limited, too. The bucket is that of the network and the account together: a guess from elsewhere does not lock the
 * owner out. An attempt from a network that the account does not know is also charged to a bucket of all such
 * networks. That slows down who guesses from many networks, and never delays a login from a known network.
 */
export async function beginAttempt(
  db: Db,
  door: Door,
  account: string,
  network: string,
  isKnown: boolean,
  limit: Limit,
): Promise<Attempt> {
  const attempt = {
    key: `${door}:${account}@${network}`,
    strangersKey: isKnown ? null : `${door}:strangers:${account}`,
    limit,
    strangersLimit: { ...limit, count: limit.count * strangersFactor[door] },
  }
  const { rows } = await sql<{ retry_after_ms: number | null }>`
    select retry_after_ms from begin_attempt_v1(${attempt.key}, ${limit.count},
      ${attempt.strangersKey}, ${attempt.strangersLimit.count}, ${limit.seconds})`.execute(db)
  const retryAfterMs = rows[0]!.retry_after_ms
  if (retryAfterMs !== null) {
    throw new RateLimitedError(retryAfterMs, 'too many attempts to log in to this account')
  }
  return attempt
}

/** [A2] The password was right: the attempt does not count. The limit of the address bounds these. */
export async function forgiveAttempt(
  db: Db,
  { key, strangersKey, limit, strangersLimit }: Attempt,
): Promise<void> {
  await sql`
    select give_token_v1(${key}, ${limit.count}, ${limit.seconds}) as own,
           give_token_v1(${strangersKey}, ${strangersLimit.count}, ${strangersLimit.seconds}) as strangers`.execute(
    db,
  )
}
