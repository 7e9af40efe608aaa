import { sql } from 'kysely'
import type { Limit } from '../context.ts'
import type { Db } from '../database/database.ts'
import { RateLimitedError } from '../errors.ts'

export interface LimitState {
  readonly limit: number
  readonly remaining: number
  /** Milliseconds until the bucket is full again. */
  readonly resetMs: number
  readonly retryAfterMs: number | undefined
}

/** Takes one token from the bucket of `key`. If the bucket is empty, `retryAfterMs` is set. */
export async function takeToken(db: Db, key: string, limit: Limit): Promise<LimitState> {
  const result =
    await sql<TokenRow>`select * from take_token_v1(${key}, ${limit.count}, ${limit.seconds})`.execute(
      db,
    )
  return toState(result.rows[0]!, limit)
}

/**
 * Takes `cost` tokens from the bucket of `key`, but never more than a full bucket holds. Returns false if the bucket
 * held too few; then nothing is taken.
 */
export async function takeTokens(
  db: Db,
  key: string,
  limit: Limit,
  cost: number,
): Promise<boolean> {
  const result = await sql<{ taken: boolean }>`
    select take_tokens_v1(${key}, ${limit.count}, ${limit.seconds}, ${cost}) as taken`.execute(db)
  return result.rows[0]!.taken
}

/** Gives back a token that `takeToken` took, if nothing had to be charged after all. */
export async function giveToken(db: Db, key: string, limit: Limit): Promise<void> {
  await sql`select give_token_v1(${key}, ${limit.count}, ${limit.seconds}) as given`.execute(db)
}

export interface TokenRow {
  remaining: number
  reset_ms: number
  retry_after_ms: number | null
}

export function toState(row: TokenRow, { count }: Limit): LimitState {
  return {
    limit: count,
    remaining: row.remaining,
    resetMs: row.reset_ms,
    retryAfterMs: row.retry_after_ms ?? undefined,
  }
}

export function refuseOver(state: LimitState, what: string): void {
  if (state.retryAfterMs !== undefined) throw new RateLimitedError(state.retryAfterMs, what)
}

/** Deletes the rows of full buckets, since a bucket without a row counts as full. */
export async function purgeFullBuckets(db: Db): Promise<void> {
  await sql`delete from rate_limits where key in (
    select key from rate_limits where full_at < now() order by full_at limit 100 for update skip locked)`.execute(
    db,
  )
}
