import { type ClientBase, DatabaseError, Pool, type PoolConfig } from 'pg'
import { DataApiError } from './errors.ts'

/** A database session, with the ways to give it back. */
export interface DatabaseSession {
  readonly client: ClientBase
  readonly processId: number
  /**
   * Gives the session back after a reset. Nothing that was set in it remains, so the next caller gets a session like
   * new.
   */
  release(): void
  /** Ends the session, and whatever runs in it. */
  destroy(): void
}

export interface Sessions {
  acquire(database: string): Promise<DatabaseSession>
  /** Cancels the statement that runs in a session. */
  cancel(database: string, processId: number): Promise<void>
  close(): Promise<void>
}

const forget = `rollback; reset session authorization; reset all; close all; deallocate all; unlisten *;
  discard temp; discard sequences; select pg_advisory_unlock_all()`

/** Sessions by database. All of them use UTC, and write times as ISO 8601. */
export function createSessions(connection: PoolConfig): Sessions {
  const pools = new Map<string, Pool>()
  const processIds = new WeakMap<ClientBase, number>()

  function poolOf(database: string): Pool {
    const known = pools.get(database)
    if (known) return known
    const pool = new Pool({
      max: 20,
      connectionTimeoutMillis: 10_000,
      ...connection,
      database,
      options: '-c TimeZone=UTC -c DateStyle=ISO,YMD -c bytea_output=hex',
    })
    pool.on('error', () => undefined)
    pool.on('connect', (client) => client.on('error', () => undefined))
    pools.set(database, pool)
    return pool
  }

  return {
    async acquire(database) {
      const pool = poolOf(database)
      const client = await pool.connect().catch((error: unknown) => {
        if (error instanceof DatabaseError) throw error
        throw new DataApiError('DatabaseUnavailableException', 'The database does not answer')
      })
      const processId = processIds.get(client) ?? (await readProcessId(client))
      processIds.set(client, processId)
      return {
        client,
        processId,
        release: () => {
          client.query(forget).then(
            () => client.release(),
            () => client.release(true),
          )
        },
        destroy: () => client.release(true),
      }
    },
    async cancel(database, processId) {
      await poolOf(database).query('select pg_cancel_backend($1)', [processId])
    },
    async close() {
      await Promise.all(Array.from(pools.values(), (pool) => pool.end()))
    },
  }
}

async function readProcessId(client: ClientBase): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  return rows[0]?.pid ?? 0
}
