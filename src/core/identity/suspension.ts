import { type RawBuilder, sql } from 'kysely'
import { accountSuspended, type ChatError } from '../errors.ts'

/** What a suspended user is told of their suspension. */
export interface Suspension {
  /** null: until an admin ends it. */
  readonly suspended_until: Date | null
  /** null: nobody wrote one. */
  readonly suspension_reason: string | null
}

/**
 * Since when the user of a row is suspended, as SQL; null: they are not, or not any more. `table` is the name that a
 * statement calls users by. Nothing else may ask for `suspended_at`: a suspension ends by its time alone.
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

/** The refusal that says why, and until when. */
export function suspended(suspension: Suspension): ChatError {
  return accountSuspended(suspensionText(suspension))
}
