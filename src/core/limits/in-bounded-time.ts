import { sql } from 'kysely'
import type { Db, Trx } from '../database/database.ts'
import { isCanceled } from '../database/timed-out.ts'
import { ChatError, RateLimitedError } from '../errors.ts'

/**
 * [M7] Runs the statements of a search. PostgreSQL ends each statement after `ms`. A user has only one search at a
 * time, in all processes together. The timeout must be set in a transaction before the statement begins: a setting made
 * within a statement or a function does not affect that statement.
 */
export async function inBoundedTime<T>(
  db: Db,
  userId: number,
  ms: number,
  /** What to search for instead, if the search takes too long. */
  advice: string,
  work: (trx: Trx) => Promise<T>,
): Promise<T> {
  try {
    return await db.transaction().execute(async (trx) => {
      const { rows } = await sql<{ is_only: boolean }>`
        select set_config('statement_timeout', ${String(ms)}, true) as timeout,
               pg_try_advisory_xact_lock(hashtextextended('search ' || cast(${userId} as bigint), 0)) as is_only`.execute(
        trx,
      )
      if (!rows[0]!.is_only) throw new RateLimitedError(1_000, 'another search of yours is running')
      return await work(trx)
    })
  } catch (error) {
    if (!isCanceled(error)) throw error
    throw new ChatError('unavailable', `this search takes more than ${ms / 1_000} s: ${advice}`, {
      cause: error,
    })
  }
}
