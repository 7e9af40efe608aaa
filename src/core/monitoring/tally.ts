/** How many requests and frames failed, or were refused, for admins to see: of all processes together. */
import { sql } from 'kysely'
import type { ErrorCode } from '../../protocol/errors.ts'
import type { Db } from '../database/database.ts'

export const outcomes = ['error', 'refusal'] as const
export type Outcome = (typeof outcomes)[number]

/** What an answer with this code counts as: a failure of the server, or a limit that was reached. */
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
 * Counts in this process. What it has counted goes to the database in one statement, at most once in `flushMs`: so a
 * flood of refusals costs the database no more than a few. What a process counted last is lost when it is killed.
 */
export interface Tally {
  count(code: ErrorCode): void
  /** Writes what there is, if it is time or `now` is set. It never fails: what could not be written is kept. */
  flush(options?: { readonly now?: boolean }): Promise<void>
}

export const flushMs = 60_000
/** Minutes that are kept while the database does not answer. */
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
        // What is counted meanwhile is added to it.
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

/** In the order of the key, so that processes that write at once do not wait in a ring. Old minutes go with it. */
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
