import { sql } from 'kysely'
import type { Db } from '../database/database.ts'
import { RateLimitedError } from '../errors.ts'
import type { Limit } from '../context.ts'

/**
 * A place where a password, or the code of a second factor, is given. Each place has its own buckets, so guesses at one
 * do not block another.
 */
export type LoginPlace = 'login' | 'sign-in' | 'code'

/** An attempt, and the buckets that it was charged to. */
export interface Attempt {
  readonly key: string
  /** null if the account knows the network. */
  readonly strangersKey: string | null
  readonly limit: Limit
  readonly strangersLimit: Limit
}

/**
 * All unknown networks together may make this many times the attempts of one network. There are only a million codes,
 * and three of them are valid at a time. So all unknown networks together may try as many codes as one network may.
 */
const strangersFactor: Record<LoginPlace, number> = { login: 10, 'sign-in': 10, code: 1 }

/**
 * [A2] Charges an attempt to log in, before the password is compared. So attempts at the same moment are limited, too.
 * The bucket belongs to the network and the account together: guesses from elsewhere do not lock the owner out. An
 * attempt from a network that the account does not know is also charged to one bucket for all such networks. That slows
 * down an attacker with many networks, and never delays a login from a known network.
 */
export async function beginAttempt(
  db: Db,
  place: LoginPlace,
  account: string,
  network: string,
  isKnown: boolean,
  limit: Limit,
): Promise<Attempt> {
  const attempt = {
    key: `${place}:${account}@${network}`,
    strangersKey: isKnown ? null : `${place}:strangers:${account}`,
    limit,
    strangersLimit: { ...limit, count: limit.count * strangersFactor[place] },
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

/** [A2] Gives the attempt back after a right password. The limit of the address bounds successful attempts. */
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
