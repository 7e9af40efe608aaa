import { Kysely, type LogConfig, PostgresDialect } from 'kysely'
import { Pool, type PoolConfig, TypeOverrides } from 'pg'
import type { Database, Db } from '../../core/database/database.ts'
import { preparingClient } from './preparing-client.ts'
import { readTime } from './read-time.ts'

/** Reads a bigint (type 20) as a number, as the Data API returns it. Ids and counts stay below 2^53 [C1]. */
const types = new TypeOverrides()
types.setTypeParser(20, Number)
types.setTypeParser(1184, readTime)

/** The database over `pg`. `log` is kysely's own option: it gets each statement. */
export function createPgDatabase(config: PoolConfig, log?: LogConfig): Db {
  return new Kysely<Database>({
    dialect: new PostgresDialect({ pool: createPgPool(config) }),
    ...(log !== undefined && { log }),
  })
}

/** Creates a pool of connections with the settings that the chat needs. */
export function createPgPool(config: PoolConfig): Pool {
  const pool = new Pool({
    max: 10,
    connectionTimeoutMillis: 5_000,
    // The first statements on a new connection take 10 to 30 ms, because PostgreSQL plans them. So the connections of a
    // rush are kept.
    idleTimeoutMillis: 10 * 60_000,
    // A network drops an idle connection without a word: then a statement would wait for its timeout.
    keepAlive: true,
    keepAliveInitialDelayMillis: 30_000,
    // API Gateway gives a handler 29 s, and a client gets an answer after 25 s at the latest [W2].
    statement_timeout: 25_000,
    types,
    Client: preparingClient(26_000),
    ...config,
  })
  // An idle connection that ends, as when PostgreSQL restarts, is replaced at the next use.
  pool.on('error', () => undefined)
  // The pool listens only to idle connections. If a connection in use ends, its query fails. But the connection also
  // emits `error`, which would end the process without a listener.
  pool.on('connect', (client) => client.on('error', () => undefined))
  return pool
}
