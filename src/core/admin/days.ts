import { sql } from 'kysely'
import type { Db } from '../database/database.ts'
import type { Outcome } from '../monitoring/tally.ts'

/** The number of days that the overview shows, today included. */
export const daysShown = 30
/** Messages that one call counts. It takes a fraction of a second. */
const messagesAtOnce = 20_000
/** How long one page counts, in milliseconds. The next page counts the rest. */
const countingMs = 2_000

export interface Day {
  /** `2026-11-27`, in UTC. */
  readonly day: string
  readonly messages: number
  /** Users who wrote at least one message. */
  readonly activeUsers: number
}

export interface Days {
  readonly days: readonly Day[]
  /** Whether there are messages that are not counted yet. */
  readonly isBehind: boolean
}

/** The last days, the oldest first. It first counts the messages that are new since the last call. */
export async function readDays(db: Db, messages = messagesAtOnce): Promise<Days> {
  const endsAt = performance.now() + countingMs
  let isBehind = true
  while (isBehind) {
    const { rows } = await sql<{ behind: boolean }>`
      select behind from count_days_v1(${sql.lit(daysShown)}, ${messages})`.execute(db)
    isBehind = rows[0]!.behind
    if (performance.now() > endsAt) break
  }
  const { rows } = await sql<Day>`
    select to_char(d.at, 'YYYY-MM-DD') as day, coalesce(c.messages, 0) as messages,
           coalesce(c.active_users, 0) as "activeUsers"
      from generate_series(
             date_trunc('day', now() at time zone 'UTC') - make_interval(days => ${sql.lit(daysShown - 1)}),
             date_trunc('day', now() at time zone 'UTC'), make_interval(days => 1)) as d(at)
      left join day_counts c on c.day = to_char(d.at, 'YYYY-MM-DD')
     order by d.at`.execute(db)
  return { days: rows, isBehind }
}

export interface OutcomesAt {
  /** The beginning of a period of ten minutes. */
  readonly at: Date
  readonly kind: Outcome
  readonly count: number
}

/** The failures and refusals of the last hour, by periods of ten minutes, the newest first. */
export async function readOutcomes(db: Db): Promise<OutcomesAt[]> {
  const { rows } = await sql<OutcomesAt>`
    select to_timestamp(floor(extract(epoch from minute) / 600) * 600) as at, kind,
           cast(sum(count) as bigint) as count
      from outcome_counts
     where minute > now() - make_interval(hours => 1)
     group by 1, 2
     order by 1 desc, 2`.execute(db)
  return rows
}
