import { sql, type Transaction } from 'kysely'

/** A database that cannot hold the schema. The message is one line that says what to do. */
export class UnfitDatabaseError extends Error {
  override readonly name = 'UnfitDatabaseError'
}

/**
 * Refuses a database that cannot store every text. This comes before any change, because the encoding of a database is
 * final.
 */
export async function refuseOtherEncodings(trx: Transaction<unknown>): Promise<void> {
  const { rows } = await sql<{ encoding: string }>`
    select current_setting('server_encoding') as encoding`.execute(trx)
  const { encoding } = rows[0]!
  if (encoding === 'UTF8') return
  throw new UnfitDatabaseError(
    `this database has the encoding ${encoding}: give one with UTF8 (createdb --encoding UTF8 --template template0 <name>)`,
  )
}
