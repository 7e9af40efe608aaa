import { type RawBuilder, sql } from 'kysely'
import { accountSuspended, type ChatError } from '../errors.ts'

/** What a suspended user is told about the suspension. */
export interface Suspension {
  /** null: the suspension lasts until an admin ends it. */
  readonly suspended_until: Date | null
  /** null: the admin gave no reason. */
  readonly suspension_reason: string | null
}

/**
 * SQL for the time since which a user is suspended; null if they are not suspended, or not any more. `table` is the
 * name of the table in the statement. A suspension ends by its time alone, so no other code may read `suspended_at`.
 */
export function suspendedSince(table: 'u' | 'users' | 'subject'): RawBuilder<Date | null> {
  return sql`suspended_since_v1(${sql.ref(`${table}.suspended_at`)}, ${sql.ref(`${table}.suspended_until`)})`
}

/** `this account is suspended until 2026-12-01 10:00 UTC: spam in three rooms`. */
export function suspensionText({ suspended_until: until, suspension_reason: why }: Suspension) {
  const time =
    until === null
      ? ''
      : ` until ${until.toISOString().slice(0, 10)} ${until.toISOString().slice(11, 16)} UTC`
  return `this account is suspended${time}${why === null ? '' : `: ${why}`}`
}

/** The error that tells the reason and the end of the suspension. */
export function suspended(suspension: Suspension): ChatError {
  return accountSuspended(suspensionText(suspension))
}
