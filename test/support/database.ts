import { randomBytes } from 'node:crypto'
import { Client, Pool } from 'pg'
import { inject } from 'vitest'
import type { PostgresConnection } from '../../src/local/postgres/postgres.ts'
import { templateDatabase } from './template-database.ts'

export interface TestDatabase extends AsyncDisposable {
  /** Fit for pg.Pool. */
  readonly connection: PostgresConnection
}

/** A migrated, empty database of its own; `await using` drops it, open connections or not. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const postgres = inject('postgres')
  const database = `test_${randomBytes(8).toString('hex')}`
  await makeDatabase(database, templateDatabase)
  return {
    connection: { ...postgres, database },
    async [Symbol.asyncDispose]() {
      await dropDatabase(database)
    },
  }
}

/**
 * Copies `template` for the user who migrates.
 * @param options What `create database` is told of the locale and encoding.
 */
export async function makeDatabase(name: string, template: string, options = ''): Promise<void> {
  // Copying the files takes half the time of PostgreSQL's own way, which writes a log of each page.
  await asSuperuser(
    `create database ${name} owner ${inject('postgres').user} template ${template} strategy file_copy ${options}`,
  )
}

/** As a superuser, who alone may end the sessions of every role. */
export async function dropDatabase(database: string): Promise<void> {
  await asSuperuser(`drop database ${database} with (force)`)
}

let superuser: Pool | undefined

/** One connection stays open for the next test. */
async function asSuperuser(statement: string): Promise<void> {
  if (superuser === undefined) {
    const login = { ...inject('postgres'), user: 'postgres', database: 'postgres' }
    superuser = new Pool({ ...login, max: 1, allowExitOnIdle: true })
    // An idle connection that ends is replaced at its next use.
    superuser.on('error', () => undefined)
  }
  await superuser.query(statement)
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
