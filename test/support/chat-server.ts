import { readLimits } from '../../functions/env.ts'
import type { Limits } from '../../src/core/context.ts'
import type { Db } from '../../src/core/database/database.ts'
import { type RunningServer, type ServeOptions, serve } from '../../src/local/server/server.ts'
import { call, type Callable } from './api-client.ts'
import { collectLog, type LogLine } from './collect-log.ts'
import type { Statement } from './data-api-checker.ts'
import { createTestDatabase, type TestDatabase } from './database.ts'
import { openServerDatabase, type ServerDatabaseOptions } from './server-database.ts'
import { sharedPasswords } from './shared-passwords.ts'
import { TestUser } from './test-user.ts'

export const testKeys = [
  { kid: 'test', secret: 'a secret of the tests, 32 bytes or more' },
] as const

/** Limits that no test meets by accident; a test of limits gives its own. */
const wideLimits: Limits = {
  ...readLimits({}),
  requests: { count: 100_000, seconds: 60 },
  requestsPerAddress: { count: 100_000, seconds: 60 },
  requestsAtOnce: 1_000,
  connects: { count: 100_000, seconds: 60 },
  rooms: { count: 100_000, seconds: 60 },
  roomChanges: { count: 100_000, seconds: 60 },
  joins: { count: 100_000, seconds: 60 },
  memberChanges: { count: 100_000, seconds: 60 },
  settings: { count: 100_000, seconds: 60 },
  frames: { count: 100_000, seconds: 60 },
  sends: { count: 100_000, seconds: 60 },
  searches: { count: 100_000, seconds: 60 },
  searchMs: 20_000,
  loginsPerAddress: { count: 100_000, seconds: 60 },
  codesPerAccount: { count: 100_000, seconds: 60 },
  registrations: { count: 100_000, seconds: 60 },
  refreshes: { count: 100_000, seconds: 60 },
  connectionsPerUser: 1_000,
  roomsPerUser: 100_000,
  roomsMadePerUser: 100_000,
  directChatsPerUser: 100_000,
}

export interface TestServer extends AsyncDisposable, Callable {
  readonly db: Db
  readonly running: RunningServer
  readonly database: TestDatabase
  readonly log: readonly LogLine[]
  /** The statements that the server has executed so far, transactions' begin and commit included. */
  readonly statements: readonly Statement[]
  /** A new user, registered over HTTP; the name is made unique when it is left out. */
  register(username?: string): Promise<TestUser>
  /** Stops the server and starts another on the same database: another address, the same data. */
  restart(): Promise<TestServer>
}

type TestServerOptions = Partial<Omit<ServeOptions, 'limits' | 'db'>> &
  ServerDatabaseOptions & {
    readonly limits?: Partial<Limits>
    /** One that is there already; it stays when the server is disposed of. */
    readonly database?: TestDatabase
  }

let names = 0

/**
 * The real server on a database of its own. When it is disposed of, every statement that it executed
 * is checked for what the RDS Data API can carry.
 */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const database = options.database ?? (await createTestDatabase())
  return await startOn(database, options, options.database === undefined)
}

async function startOn(
  database: TestDatabase,
  options: TestServerOptions,
  isOwnDatabase: boolean,
): Promise<TestServer> {
  const opened = await openServerDatabase(database.connection, options)
  const { db, statements } = opened
  const log = collectLog()
  const running = await serve({
    host: '127.0.0.1',
    port: 0,
    adminPort: 0,
    jwtKeys: testKeys,
    trustProxy: false,
    allowedOrigins: [],
    passwords: sharedPasswords(),
    // Everybody is at one address here.
    connectionLimits: { perAddress: 100_000, inAll: 100_000 },
    log,
    ...options,
    db,
    limits: { ...wideLimits, ...options.limits },
  })
  async function stop(): Promise<void> {
    await running.close()
    await opened[Symbol.asyncDispose]()
  }
  // The next one has the database, and disposes of it.
  let isRestarted = false
  const server: TestServer = {
    url: running.url,
    db,
    running,
    database,
    log: log.lines,
    statements,
    call: (...request) => call(running.url, ...request),
    register: async (username = `user_${++names}`) => await TestUser.register(server, username),
    restart: async () => {
      isRestarted = true
      await stop()
      return await startOn(database, options, isOwnDatabase)
    },
    async [Symbol.asyncDispose]() {
      if (isRestarted) return
      try {
        await stop()
      } finally {
        if (isOwnDatabase) await database[Symbol.asyncDispose]()
      }
    },
  }
  return server
}
