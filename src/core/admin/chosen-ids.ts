import { type RawBuilder, sql } from 'kysely'

/** A list of ids for `in`. It goes to the database as one text, because the Data API has no arrays. */
export function chosenIds(ids: readonly number[]): RawBuilder<number> {
  return sql<number>`(
    select cast(x.id as bigint)
      from jsonb_array_elements_text(cast(${JSON.stringify(ids)} as jsonb)) x(id))`
}
