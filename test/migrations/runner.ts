import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { Kysely, PostgresDialect } from 'kysely'
import { Pool } from 'pg'
import { expect } from 'vitest'
import { createRdsDataClient } from '../../src/aws/data-api-client.ts'
import { createMigrationDatabase } from '../../src/aws/migration-database.ts'
import type { PostgresConnection } from '../../src/local/postgres/postgres.ts'
import { projectRoot } from '../../src/local/project-root.ts'
import { address, credentials, startDataApi, type TestDataApiOptions } from '../support/data-api.ts'
import type { EmptyDatabase } from '../support/empty-database.ts'

export type Driver = 'pg' | 'data-api'

export interface Runner extends AsyncDisposable {
  readonly db: Kysely<unknown>
}

/** A database as whoever migrates has it. */
export async function openRunner(
  driver: Driver,
  connection: PostgresConnection,
  options: Partial<TestDataApiOptions> = {},
): Promise<Runner> {
  if (driver === 'pg') {
    const pool = new Pool({ ...connection, max: 1 })
    pool.on('error', () => undefined)
    const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
    return { db, [Symbol.asyncDispose]: () => db.destroy() }
  }
  const api = await startDataApi({ connection, ...options })
  const client = createRdsDataClient({ endpoint: api.url, region: 'eu-central-1', credentials })
  const db = createMigrationDatabase({ ...address, database: connection.database }, client)
  return {
    db,
    async [Symbol.asyncDispose]() {
      await db.destroy()
      client.destroy()
      await api[Symbol.asyncDispose]()
    },
  }
}

export const closeGate = (database: EmptyDatabase) => database.query('select pg_advisory_lock(1)')
export const openGate = (database: EmptyDatabase) => database.query('select pg_advisory_unlock(1)')

/** A runner of `gated` in a process of its own. */
export function startKillable(driver: Driver, connection: PostgresConnection, apiUrl: string) {
  const target = { connection, ...(driver === 'data-api' && { address }) }
  const child = spawn(
    join(projectRoot, 'node_modules/.bin/node'),
    [join(projectRoot, 'test/migrations/gated-runner.ts'), JSON.stringify(target)],
    {
      stdio: 'inherit',
      env: {
        AWS_ENDPOINT_URL_RDS_DATA: apiUrl,
        AWS_REGION: 'eu-central-1',
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      },
    },
  )
  return {
    async kill(): Promise<void> {
      const ended = once(child, 'close')
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** Resolves when a migration stands before the gate. */
export async function untilGated(database: EmptyDatabase): Promise<void> {
  const waiting = `select 1 from pg_locks where locktype = 'advisory' and not granted`
  // A process has to start for it.
  await expect.poll(() => database.query(waiting), { timeout: 20_000 }).toHaveLength(1)
}

export async function tablesOf(database: EmptyDatabase): Promise<string[]> {
  const rows = await database.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'public' order by 1`,
  )
  return rows.map(({ name }) => name)
}
