import { Kysely, type LogConfig, PostgresDialect } from 'kysely'
import { Pool, type PoolConfig, TypeOverrides } from 'pg'
import type { Database, Db } from '../../core/database/database.ts'
import { preparingClient } from './preparing-client.ts'

/** bigint (20) as a number, as the Data API gives it: ids and counts stay below 2^53 [C1]. */
const types = new TypeOverrides()
types.setTypeParser(20, Number)

/** The database over `pg`. `log` is told of each statement, as kysely's own option. */
export function createPgDatabase(config: PoolConfig, log?: LogConfig): Db {
  return new Kysely<Database>({
    dialect: new PostgresDialect({ pool: createPgPool(config) }),
    ...(log !== undefined && { log }),
  })
}

/** Connections as the chat needs them. */
export function createPgPool(config: PoolConfig): Pool {
  const pool = new Pool({
    max: 10,
    connectionTimeoutMillis: 5_000,
    // On a new connection the first statements take 10 to 30 ms, since they are planned. So those of a rush are kept.
    idleTimeoutMillis: 10 * 60_000,
    // The gateway gives a handler 29 s, and a client is told after 25 [W2].
    statement_timeout: 25_000,
    query_timeout: 26_000,
    types,
    Client: preparingClient(),
    ...config,
  })
  // An idle connection that ends, as when PostgreSQL restarts, is replaced at its next use.
  pool.on('error', () => undefined)
  // The pool listens to idle ones only. One that ends in use fails its query; its own event as well,
  // unheard, would end the process.
  pool.on('connect', (client) => client.on('error', () => undefined))
  return pool
}
