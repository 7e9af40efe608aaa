import { Client, DatabaseError, type PoolConfig } from 'pg'
import { startEmbeddedPostgres } from '../postgres/postgres.ts'
import type { ServerSettings } from './settings.ts'
import type { DatabaseAddress } from './database-address.ts'
import { StartError } from '../machine/start-error.ts'
import { messageOf } from '../machine/system-error.ts'

const CONNECT_TIMEOUT = 5000

export interface OpenDatabase extends AsyncDisposable {
  /** A configuration for pg.Pool. */
  readonly config: PoolConfig
  /** Rejects if the embedded PostgreSQL ended by itself and does not start again. Otherwise it never settles. */
  readonly lost: Promise<never>
}

/** Opens the database of the settings. Without one in the settings it starts the embedded PostgreSQL. */
export async function openDatabase(
  settings: Pick<ServerSettings, 'database' | 'dataDir'>,
  say: (line: string) => void,
): Promise<OpenDatabase> {
  if (settings.database) {
    say(`using database ${settings.database.database} on ${settings.database.server}`)
    return openGiven(settings.database)
  }
  const postgres = await startEmbeddedPostgres({ dataDir: settings.dataDir, log: say })
  return {
    config: postgres.connection,
    lost: postgres.lost,
    [Symbol.asyncDispose]: () => postgres.stop(),
  }
}

async function openGiven(address: DatabaseAddress): Promise<OpenDatabase> {
  const config = { ...address.config, connectionTimeoutMillis: CONNECT_TIMEOUT }
  const client = new Client(config)
  // A connection that breaks while it is being closed must not end the process.
  client.on('error', () => {})
  try {
    await client.connect()
  } catch (cause) {
    throw new StartError(explainConnect(cause, address, client.user), { cause })
  } finally {
    await client.end().catch(() => {})
  }
  return { config, lost: new Promise(() => {}), async [Symbol.asyncDispose]() {} }
}

function explainConnect(error: unknown, address: DatabaseAddress, user = ''): string {
  const { server, database } = address
  switch (error instanceof DatabaseError ? (error.code ?? '') : '') {
    case '28P01':
    case '28000':
      return `the database server on ${server} refuses user ${user}: check user and password in the database's address`
    case '3D000':
      return `the database server on ${server} has no database ${database}: create it (createdb ${database}), or correct the database's address`
    case '53300':
      return `the database server on ${server} has no connection free: close others, or raise its max_connections`
    default:
      return `the database server on ${server} does not answer (${reason(error)}): start it, or correct the database's address`
  }
}

function reason(error: unknown): string {
  // It has one error for each address of the host.
  if (error instanceof AggregateError) return error.errors.map(messageOf).join(', ')
  return messageOf(error)
}
