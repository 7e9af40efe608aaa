import { sql, type Transaction } from 'kysely'

/** A database that the schema cannot go into; the message is one line, and says what to do. */
export class UnfitDatabaseError extends Error {
  override readonly name = 'UnfitDatabaseError'
}

/** Refuses a database that cannot hold every text: before anything is changed, since its encoding is for good. */
export async function refuseOtherEncodings(trx: Transaction<unknown>): Promise<void> {
  const { rows } = await sql<{ encoding: string }>`
    select current_setting('server_encoding') as encoding`.execute(trx)
  const { encoding } = rows[0]!
  if (encoding === 'UTF8') return
  throw new UnfitDatabaseError(
    `this database has the encoding ${encoding}: give one with UTF8 (createdb --encoding UTF8 --template template0 <name>)`,
  )
}
