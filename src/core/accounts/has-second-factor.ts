import { type RawBuilder, sql } from 'kysely'

/** [A8] Whether the user of a row has a second factor that is on, as SQL. `table` is the name that a statement calls users by. */
export function hasSecondFactor(table: 'u' | 'users'): RawBuilder<boolean> {
  return sql`exists (
    select from second_factors f
     where f.user_id = ${sql.ref(`${table}.id`)} and f.confirmed_at is not null)`
}
