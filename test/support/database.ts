import { randomBytes } from 'node:crypto'
import { Client } from 'pg'
import { inject } from 'vitest'
import type { PostgresConnection } from '../../src/local/postgres.ts'
import { templateDatabase } from './template-database.ts'

export interface TestDatabase extends AsyncDisposable {
  /** Fit for pg.Pool. */
  readonly connection: PostgresConnection
}

/** A migrated, empty database of its own; `await using` drops it, open connections or not. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const postgres = inject('postgres')
  const database = `test_${randomBytes(8).toString('hex')}`
  await execute(postgres, `create database ${database} template ${templateDatabase}`)
  return {
    connection: { ...postgres, database },
    async [Symbol.asyncDispose]() {
      await dropDatabase(database)
    },
  }
}

/** As a superuser, who alone may end the sessions of every role. */
export async function dropDatabase(database: string): Promise<void> {
  const superuser = { ...inject('postgres'), user: 'postgres' }
  await execute(superuser, `drop database ${database} with (force)`)
}

export async function execute(connection: PostgresConnection, statement: string): Promise<void> {
  // Not the template: it cannot be copied while somebody is connected to it.
  const client = new Client({ ...connection, database: 'postgres' })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
