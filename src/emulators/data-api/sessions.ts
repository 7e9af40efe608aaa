import { type ClientBase, DatabaseError, Pool, type PoolConfig } from 'pg'
import { DataApiError } from './errors.ts'

/** A database session, and what is done with it when nobody needs it any more. */
export interface Session {
  readonly client: ClientBase
  readonly processId: number
  /** Keeps nothing of what was set in it: for the next caller it is a new one. */
  release(): void
  /** Ends it, with whatever runs in it. */
  destroy(): void
}

export interface Sessions {
  acquire(database: string): Promise<Session>
  /** Stops what runs in a session. */
  cancel(database: string, processId: number): Promise<void>
  close(): Promise<void>
}

const forget = `rollback; reset session authorization; reset all; close all; deallocate all; unlisten *;
  discard temp; discard sequences; select pg_advisory_unlock_all()`

/** Sessions by database. Times are UTC in all of them, and written as ISO 8601. */
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
