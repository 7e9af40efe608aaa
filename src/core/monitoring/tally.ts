/** Counts the requests and frames that failed or were refused, in all processes together. Admins see the counts. */
import { sql } from 'kysely'
import type { ErrorCode } from '../../protocol/errors.ts'
import type { Db } from '../database/database.ts'

export const outcomes = ['error', 'refusal'] as const
export type Outcome = (typeof outcomes)[number]

/** Whether an error code counts as a failure of the server, as a limit that was reached, or not at all. */
function outcomeOf(code: ErrorCode): Outcome | undefined {
  switch (code) {
    case 'internal':
    case 'unavailable':
      return 'error'
    case 'rate_limited':
      return 'refusal'
    default:
      return undefined
  }
}

/**
 * Counts in the memory of this process, and writes the counts to the database in one statement, at most once in
 * `flushMs`. So a flood of refusals costs the database only a few statements. When a process is killed, its last counts
 * are lost.
 */
export interface Tally {
  count(code: ErrorCode): void
  /**
   * Writes the counts if `flushMs` have passed or `now` is set. It never throws: counts that could not be written are
   * kept.
   */
  flush(options?: { readonly now?: boolean }): Promise<void>
}

export const flushMs = 60_000
/** How many minutes of counts are kept while the database does not answer. */
const minutesKept = 60

export function createTally(db: Db): Tally {
  const counts = new Map<string, { minute: string; kind: Outcome; count: number }>()
  let flushedAt = -Infinity
  let isFlushing = false
  return {
    count(code) {
      const kind = outcomeOf(code)
      if (kind === undefined) return
      const minute = new Date(Math.floor(Date.now() / 60_000) * 60_000).toISOString()
      const key = `${minute} ${kind}`
      const held = counts.get(key)
      if (held) held.count++
      else counts.set(key, { minute, kind, count: 1 })
      if (counts.size > minutesKept * outcomes.length) counts.delete(counts.keys().next().value!)
    },
    async flush({ now = false } = {}) {
      if (counts.size === 0 || isFlushing) return
      if (!now && performance.now() - flushedAt < flushMs) return
      isFlushing = true
      flushedAt = performance.now()
      const taken = [...counts.values()]
      counts.clear()
      try {
        await write(db, taken)
      } catch {
        // Adds what was counted in the meantime.
        for (const each of taken) {
          const key = `${each.minute} ${each.kind}`
          counts.set(key, { ...each, count: each.count + (counts.get(key)?.count ?? 0) })
        }
      } finally {
        isFlushing = false
      }
    },
  }
}

/**
 * Writes the counts, and deletes those of old minutes. Rows are written in the order of the key, so that processes that
 * write at the same time cannot deadlock.
 */
async function write(
  db: Db,
  counts: readonly { readonly minute: string; readonly kind: Outcome; readonly count: number }[],
): Promise<void> {
  await sql`
    with gone as (
      delete from outcome_counts where (minute, kind) in (
        select o.minute, o.kind from outcome_counts o
         where o.minute < now() - make_interval(hours => 2)
         order by o.minute limit 200 for update skip locked))
    insert into outcome_counts as o (minute, kind, count)
    select x.minute, x.kind, x.count
      from jsonb_to_recordset(cast(${JSON.stringify(counts)} as jsonb))
             as x(minute timestamptz, kind text, count bigint)
     order by x.minute, x.kind
    on conflict (minute, kind) do update set count = o.count + excluded.count`.execute(db)
}
