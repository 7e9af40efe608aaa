import { sql } from 'kysely'
import type { Limit } from '../context.ts'
import type { Db } from '../database/database.ts'
import { RateLimitedError } from '../errors.ts'

export interface LimitState {
  readonly limit: number
  readonly remaining: number
  /** Milliseconds until nothing is spent any more. */
  readonly resetMs: number
  readonly retryAfterMs: number | undefined
}

/** Spends one from the bucket of `key`; whether there was one to spend is in `retryAfterMs`. */
export async function takeToken(db: Db, key: string, limit: Limit): Promise<LimitState> {
  const result =
    await sql<TokenRow>`select * from take_token_v1(${key}, ${limit.count}, ${limit.seconds})`.execute(
      db,
    )
  return toState(result.rows[0]!, limit)
}

/** Spends `cost` from the bucket of `key`, and never more than it holds when it is full. False: it had too little. */
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

/** Gives back what `takeToken` took, when it turns out that nothing had to be charged. */
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

/** A bucket whose time has passed is full, which is what having no row means too. */
export async function purgeFullBuckets(db: Db): Promise<void> {
  await sql`delete from rate_limits where key in (
    select key from rate_limits where full_at < now() order by full_at limit 100 for update skip locked)`.execute(
    db,
  )
}
