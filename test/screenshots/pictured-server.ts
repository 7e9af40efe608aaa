import type { Db } from '../../src/core/database/database.ts'
import { readLimits } from '../../functions/env.ts'
import { createPgDatabase } from '../../src/local/postgres/database.ts'
import { migrateDatabase } from '../../src/local/commands/migrate-database.ts'
import { startEmbeddedPostgres } from '../../src/local/postgres/postgres.ts'
import { serve } from '../../src/local/server/server.ts'
import { collectLog } from '../support/collect-log.ts'
import { makeTempDir } from '../support/temp-dir.ts'
import { seed, type Seeded } from './seed.ts'

export interface Pictured extends AsyncDisposable {
  readonly url: string
  readonly adminUrl: string
  readonly db: Db
  readonly seeded: Seeded
}

/** A server with a database of its own, in which people talk. */
export async function startPictured(): Promise<Pictured> {
  const stack = new AsyncDisposableStack()
  try {
    const data = stack.use(await makeTempDir())
    const postgres = await startEmbeddedPostgres({ dataDir: data.path, log: () => undefined })
    stack.defer(() => postgres.stop())
    await migrateDatabase(postgres.connection)
    const db = stack.use(createPgDatabase(postgres.connection))
    const many = { count: 10_000, seconds: 60 }
    const server = stack.use(
      await serve({
        host: '127.0.0.1',
        port: 0,
        adminPort: 0,
        db,
        jwtKeys: [{ kid: 'pictures', secret: 'a secret of the pictures, 32 bytes or more' }],
        trustProxy: false,
        allowedOrigins: [],
        connectionLimits: { perAddress: 1_000, inAll: 1_000 },
        log: collectLog(),
        limits: { ...readLimits({}), registrations: many, loginsPerAddress: many },
      }),
    )
    const seeded = stack.use(await seed(server.url, db))
    const parts = stack.move()
    const adminUrl = `http://localhost:${server.adminPort}`
    return {
      url: server.url,
      adminUrl,
      db,
      seeded,
      [Symbol.asyncDispose]: () => parts.disposeAsync(),
    }
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}
