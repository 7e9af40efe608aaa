import { randomBytes } from 'node:crypto'
import { Client, type QueryResultRow } from 'pg'
import { inject } from 'vitest'
import { dropDatabase, makeDatabase, type TestDatabase } from './database.ts'

export interface EmptyDatabase extends TestDatabase {
  /** One statement, in a connection that stays. */
  query<Row extends QueryResultRow>(sql: string): Promise<Row[]>
}

/** What `create database` is told of an encoding that not every locale fits. */
export const inEncoding = (encoding: string) =>
  `encoding '${encoding}' locale_provider libc locale 'C'`

/**
 * A database without anything in it, of the user who migrates.
 * @param options What `create database` is told of its locale and encoding.
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
