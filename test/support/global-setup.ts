import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kysely, PostgresDialect } from 'kysely'
import { Pool } from 'pg'
import type { TestProject } from 'vitest/node'
import { scramVerifier } from '../../functions/jobs/scram-verifier.ts'
import { ensureAppRole } from '../../migrations/app-role.ts'
import { migrateToLatest } from '../../migrations/index.ts'
import { ensureBuilt } from '../../scripts/web/build.ts'
import { lockDataDir } from '../../src/local/machine/data-dir-lock.ts'
import { stopOrphan } from '../../src/local/postgres/postgres-process.ts'
import {
  type PostgresConnection,
  startEmbeddedPostgres,
} from '../../src/local/postgres/postgres.ts'
import { execute } from './database.ts'
import { scratchDir } from './scratch-dir.ts'
import { appRole, templateDatabase } from './template-database.ts'

declare module 'vitest' {
  interface ProvidedContext {
    postgres: PostgresConnection
  }
}

const prefix = 'quick-connect-test-'

/** Starts one PostgreSQL for the whole run. Every test database is a copy of its migrated template. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await removeLeftovers()
  // The tests of the site and of the stacks need the built page.
  await ensureBuilt()
  const dataDir = await mkdtemp(join(scratchDir, prefix))
  const postgres = await startEmbeddedPostgres({
    dataDir,
    database: templateDatabase,
    // Nothing here has to survive a power cut.
    settings: {
      fsync: 'off',
      full_page_writes: 'off',
      synchronous_commit: 'off',
      max_connections: '300',
      // Tests cannot end its worker, which would block dropping a database.
      autovacuum: 'off',
      // Each connection would load it.
      shared_preload_libraries: 'plpgsql',
      // There are many connections, and these passwords live for an hour.
      scram_iterations: '1',
      // Only standbys and crash recovery need the write-ahead log.
      wal_level: 'minimal',
      max_wal_senders: '0',
      max_wal_size: '256MB',
    },
  })
  const teardown = async () => {
    await postgres.stop()
    await rm(dataDir, { recursive: true })
  }
  try {
    const pool = new Pool({ ...postgres.connection, max: 1 })
    const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
    await migrateToLatest(db)
    await ensureAppRole(db, {
      name: appRole.user,
      passwordVerifier: scramVerifier(appRole.password),
    })
    // A template that has connections cannot be copied.
    await db.destroy()
    // Tests look at waiting sessions and end sessions of any role.
    await execute(
      { ...postgres.connection, user: 'postgres' },
      `grant pg_monitor, pg_signal_backend to ${postgres.connection.user}`,
    )
  } catch (error) {
    await teardown()
    throw error
  }
  project.provide('postgres', postgres.connection)
  const seen = join(dataDir, 'seen')
  await mkdir(seen)
  project.provide('seen', seen)
  return teardown
}

/** Removes what a killed run has left: its server and its directory. A run that holds the lock is still running. */
async function removeLeftovers(): Promise<void> {
  for (const directory of new Set([scratchDir, tmpdir()])) {
    for (const name of await readdir(directory)) {
      const dataDir = join(directory, name)
      if (!name.startsWith(prefix) || !existsSync(join(dataDir, 'lock'))) continue
      const lock = await lockDataDir(dataDir).catch(() => undefined)
      if (!lock) continue
      await stopOrphan(join(dataDir, 'postgres'))
      await rm(dataDir, { recursive: true, force: true })
    }
  }
}
