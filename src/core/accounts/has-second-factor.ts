import { type RawBuilder, sql } from 'kysely'

/** [A8] SQL for whether a user has a second factor that is on. `table` is the name of the table in the statement. */
export function hasSecondFactor(table: 'u' | 'users'): RawBuilder<boolean> {
  return sql`exists (
    select from second_factors f
     where f.user_id = ${sql.ref(`${table}.id`)} and f.confirmed_at is not null)`
}
