import { randomBytes } from 'node:crypto'
import { Client, type QueryResultRow } from 'pg'
import { inject } from 'vitest'
import { dropDatabase, makeDatabase, type TestDatabase } from './database.ts'

export interface EmptyDatabase extends TestDatabase {
  /** Runs one statement on a connection that stays open. */
  query<Row extends QueryResultRow>(sql: string): Promise<Row[]>
}

/** The options of `create database` for an encoding that does not fit every locale. */
export const inEncoding = (encoding: string) =>
  `encoding '${encoding}' locale_provider libc locale 'C'`

/**
 * Makes an empty database that belongs to the user who migrates.
 * @param options Locale and encoding for `create database`.
 */
export async function createEmptyDatabase(options = ''): Promise<EmptyDatabase> {
  const postgres = inject('postgres')
  const connection = { ...postgres, database: `test_${randomBytes(8).toString('hex')}` }
  await makeDatabase(connection.database, 'template0', options)
  const client = new Client(connection)
  await client.connect()
  return {
    connection,
    query: async <Row extends QueryResultRow>(sql: string) => (await client.query<Row>(sql)).rows,
    async [Symbol.asyncDispose]() {
      await client.end()
      await dropDatabase(connection.database)
    },
  }
}
