import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, type PoolConfig } from 'pg'
import type { Log } from '../../core/ports.ts'
import { StartError } from '../machine/start-error.ts'
import { messageOf } from '../machine/system-error.ts'

/** An arbitrary number. It must be the same for all servers of a database, and no other lock may have it. */
const lockKey = 7_267_832_103
/** The connection of a server that was just killed takes a moment to end. */
const startPatienceMs = 3_000
const pauseMs = 100
const reconnectMs = 1_000
const answerMs = 5_000

export interface ServerLock extends AsyncDisposable {
  /** Rejects if another server has taken the lock. Otherwise it never settles. */
  readonly lost: Promise<never>
}

/** A connection that holds the lock. */
interface Held {
  readonly client: Client
  readonly ended: Promise<void>
}

/** Another server holds the lock. */
class HeldError extends Error {
  readonly holder: string

  constructor(name: string | null) {
    const holder = /^quick-connect \w+, (.+)$/.exec(name ?? '')?.[1]
    super('another server holds the lock')
    this.holder = holder === undefined ? 'another server' : `another server (${holder})`
  }
}

/**
 * Makes this server the only server of its database while it runs. Each of two servers would think that the
 * connections of the other are gone, and forget them. The lock belongs to a PostgreSQL session. It ends with the
 * connection that holds it, even if the server is killed. If that connection breaks while the server runs, the server
 * takes the lock again as soon as the database answers. Throws StartError if another server holds the lock.
 */
export async function lockDatabase(config: PoolConfig, log: Log): Promise<ServerLock> {
  // The name is unique to this run. With it the server recognizes a lost connection of its own. It is cut here
  // because PostgreSQL would cut a longer name.
  const run = randomBytes(4).toString('hex')
  const name = `quick-connect ${run}, process ${process.pid} on ${hostname()}`.slice(0, 63)
  const stop = new AbortController()
  let held = await take(config, name, startPatienceMs).catch((cause: unknown) => {
    if (!(cause instanceof HeldError)) throw cause
    throw new StartError(
      `${cause.holder} uses this database already: stop it, or give this server its own database with --database-url`,
      { cause },
    )
  })
  const lost = Promise.withResolvers<never>()
  // Prevents an unhandled rejection if nobody waits for it.
  lost.promise.catch(() => {})
  const kept = keep().catch(lost.reject)

  async function keep(): Promise<void> {
    for (;;) {
      await held.ended
      const next = await takeAgain()
      if (!next) return
      held = next
      log.warn('the connection that holds the lock of the database broke: there is a new one')
    }
  }

  /** Tries until the database answers. Returns undefined if the server stops before that. */
  async function takeAgain(): Promise<Held | undefined> {
    while (!stop.signal.aborted) {
      try {
        const next = await take(config, name, 0)
        if (!stop.signal.aborted) return next
        await next.client.end()
      } catch (cause) {
        if (cause instanceof HeldError) {
          throw new StartError(
            `${cause.holder} took this database while this server had lost its connection: run only one server for each database`,
            { cause },
          )
        }
        log.info('the database does not answer yet', { reason: messageOf(cause) })
      }
      await sleep(reconnectMs, undefined, { signal: stop.signal }).catch(() => {})
    }
    return undefined
  }

  return {
    lost: lost.promise,
    async [Symbol.asyncDispose]() {
      stop.abort()
      await held.client.end().catch(() => {})
      await kept
    },
  }
}

/** Connects and takes the lock. Throws HeldError if another server still holds it after `patienceMs`. */
async function take(config: PoolConfig, name: string, patienceMs: number): Promise<Held> {
  const client = new Client({
    connectionTimeoutMillis: answerMs,
    ...config,
    query_timeout: answerMs,
    // This connection is idle for days. So each side checks that the other side is still there: the client by these
    // options, and PostgreSQL by the settings of the session. Either side notices within half a minute.
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  })
  const ended = new Promise<void>((resolve) => client.once('end', () => resolve()))
  // A connection that breaks emits `end` too.
  client.on('error', () => {})
  await client.connect()
  try {
    await client.query(
      `select set_config('application_name', $1, false), set_config('idle_session_timeout', '0', false),
              set_config('tcp_keepalives_idle', '10', false),
              set_config('tcp_keepalives_interval', '5', false),
              set_config('tcp_keepalives_count', '3', false)`,
      [name],
    )
    const deadline = performance.now() + patienceMs
    while (!(await tryLock(client))) {
      const holder = await findHolder(client)
      // The database has not noticed yet that this connection broke.
      if (holder?.name === name) await endSession(client, holder.pid)
      else if (holder && performance.now() >= deadline) throw new HeldError(holder.name)
      await sleep(pauseMs)
    }
    return { client, ended }
  } catch (error) {
    await client.end().catch(() => {})
    throw error
  }
}

async function tryLock(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ is_ours: boolean }>(
    'select pg_try_advisory_lock($1) as is_ours',
    [lockKey],
  )
  return rows[0]!.is_ours
}

/**
 * Returns the session that holds the lock, or undefined if none does any more. The name is null if this user may not
 * see it.
 */
async function findHolder(
  client: Client,
): Promise<{ readonly pid: number; readonly name: string | null } | undefined> {
  const { rows } = await client.query<{ pid: number; name: string | null }>(
    `select l.pid, a.application_name as name
       from pg_locks l
       join pg_database d on d.oid = l.database and d.datname = current_database()
       left join pg_stat_activity a on a.pid = l.pid
      where l.locktype = 'advisory' and l.granted and l.objsubid = 1
        and (cast(l.classid as bigint) << 32) + cast(l.objid as bigint) = $1`,
    [lockKey],
  )
  return rows[0]
}

async function endSession(client: Client, pid: number): Promise<void> {
  await client.query('select pg_terminate_backend($1)', [pid])
}
