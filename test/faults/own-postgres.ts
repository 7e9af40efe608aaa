import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kysely, PostgresDialect } from 'kysely'
import { Pool } from 'pg'
import { scramVerifier } from '../../functions/jobs/scram-verifier.ts'
import { ensureAppRole } from '../../migrations/app-role.ts'
import { migrateToLatest } from '../../migrations/index.ts'
import {
  type PostgresConnection,
  startEmbeddedPostgres,
} from '../../src/local/postgres/postgres.ts'
import { appRole } from '../support/template-database.ts'

export interface OwnPostgres extends AsyncDisposable {
  /** A migrated, empty database. */
  readonly connection: PostgresConnection
}

/** A PostgreSQL for this process alone, which is gone when it ends. Nothing in it has to survive a power cut. */
export async function startOwnPostgres(): Promise<OwnPostgres> {
  const dataDir = await mkdtemp(join(tmpdir(), 'quick-connect-faults-'))
  const postgres = await startEmbeddedPostgres({
    dataDir,
    database: 'faults',
    settings: { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' },
  })
  const stop = async () => {
    await postgres.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
  try {
    const pool = new Pool({ ...postgres.connection, max: 1 })
    const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
    await migrateToLatest(db)
    await ensureAppRole(db, {
      name: appRole.user,
      passwordVerifier: scramVerifier(appRole.password),
    })
    await db.destroy()
  } catch (error) {
    await stop()
    throw error
  }
  return { connection: postgres.connection, [Symbol.asyncDispose]: stop }
}
