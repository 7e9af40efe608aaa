import { sql, type Transaction } from 'kysely'
import { UnfitDatabaseError } from './unfit-database.ts'

const first = '0001-chat'
const last = '0015-admin'

/**
 * Adopts a database from before the first release, whose tables came from fifteen migrations: it has the tables of
 * `0001-tables`. A database that stopped before the fifteenth migration is refused.
 */
export async function adoptEarlier(trx: Transaction<unknown>): Promise<void> {
  const { rows } = await sql<{ name: string }>`
    select name from schema_migrations where name in (${first}, ${last})`.execute(trx)
  const names = rows.map(({ name }) => name)
  if (!names.includes(first)) return
  if (!names.includes(last)) {
    throw new UnfitDatabaseError(
      'this database is of an unfinished version from before the first release: start with an empty one, or delete the data directory',
    )
  }
  await sql`delete from schema_migrations where name between ${first} and ${last}`.execute(trx)
  await sql`insert into schema_migrations (name) values ('0001-tables')`.execute(trx)
  await sql`drop function if exists recipients_page_v1(bigint, text, boolean, bigint)`.execute(trx)
}
