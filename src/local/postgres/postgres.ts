import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { Client } from 'pg'
import { explainAccess, makeDataDir } from '../machine/data-dir.ts'
import { lockDataDir } from '../machine/data-dir-lock.ts'
import { keepPostgres } from './keep-postgres.ts'
import { findPostgresBinaries } from './postgres-binaries.ts'
import { postgresMajor, prepareCluster } from './postgres-cluster.ts'
import { startPostgresProcess, stopOrphan } from './postgres-process.ts'
import { PostgresStartError } from './postgres-start-error.ts'
import { findPostgresUser, type PostgresUser } from './postgres-user.ts'
import { createPrivateFile } from '../machine/private-file.ts'
import { messageOf } from '../machine/system-error.ts'

export { PostgresStartError } from './postgres-start-error.ts'

/** The port is only a part of the socket's file name. Nothing listens on a network port. */
const PORT = 5432
const SOCKET_FILE = `.s.PGSQL.${PORT}`
/** sun_path holds 108 bytes on Linux and 104 bytes on macOS, including the closing zero. */
const SOCKET_PATH_LIMIT = 100

/**
 * Like the master user of Aurora, it has no rights to files and programs of the machine. The database has the same
 * name.
 */
export const postgresUser = 'quick_connect'
const SUPERUSER = 'postgres'

export interface EmbeddedPostgresOptions {
  /** An absolute path. The cluster is created in `<dataDir>/postgres`. */
  dataDir: string
  /** Created if it is missing. */
  database?: string
  log?: (line: string) => void
  /** PostgreSQL settings in addition to ours, such as `{ fsync: 'off' }` for tests. */
  settings?: Readonly<Record<string, string>>
}

/** A configuration for pg.Pool. */
export interface PostgresConnection {
  host: string
  port: number
  user: string
  password: string
  database: string
  /** Given explicitly, because otherwise pg reads the variable PGSSLMODE. */
  ssl: false
}

export interface EmbeddedPostgres extends AsyncDisposable {
  readonly connection: PostgresConnection
  /**
   * Rejects with PostgresStartError if PostgreSQL ended by itself and does not start again. Otherwise it never
   * settles.
   */
  readonly lost: Promise<never>
  /** Stops PostgreSQL, which ends all connections. Committed data is on disk. */
  stop(): Promise<void>
}

/**
 * Starts PostgreSQL for this process alone, with a cluster in the data directory. The first start creates the
 * cluster. If PostgreSQL ends by itself, it is started again. It listens on a Unix socket in a private directory,
 * with a random password. If a killed process left a server behind, that server is stopped first. Rejects with
 * PostgresStartError or DataDirError.
 */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  const binaries = findPostgresBinaries()
  const dataDir = await makeDataDir(options.dataDir)
  const lock = await lockDataDir(dataDir).catch(explainAccess(dataDir))
  try {
    const started = await startLocked({ ...options, dataDir, binaries })
    let stopping: Promise<void> | undefined
    const stopOnce = async () => {
      await started.stop()
      await lock.release()
    }
    const stop = () => (stopping ??= stopOnce())
    return { ...started, stop, [Symbol.asyncDispose]: stop }
  } catch (error) {
    await lock.release()
    return explainAccess(dataDir)(error)
  }
}

async function startLocked(
  options: EmbeddedPostgresOptions & { binaries: ReturnType<typeof findPostgresBinaries> },
): Promise<Omit<EmbeddedPostgres, keyof AsyncDisposable>> {
  const { dataDir, binaries, database = postgresUser, log = () => {} } = options
  const cluster = join(dataDir, 'postgres')
  const user = await findPostgresUser({ dataDir, cluster, program: binaries.postgres })
  const major = await postgresMajor(binaries, user)
  log(`starting PostgreSQL ${major} (data in ${shortPath(options.dataDir)})…`)

  const orphan = await stopOrphan(cluster)
  if (orphan !== undefined) log(`stopped process ${orphan}, left behind by a killed start`)
  const passwordFile = join(dataDir, 'postgres-password')
  const password = await readPassword(passwordFile, user)
  await prepareCluster({ cluster, major, passwordFile, binaries, user })

  const socket = await makeSocketDir(dataDir, user)
  const remove = () => rm(socket, { recursive: true, force: true })
  const logFile = join(dataDir, 'postgres.log')
  const settings = {
    listen_addresses: '',
    port: String(PORT),
    unix_socket_directories: socket,
    unix_socket_permissions: '0700',
    password_encryption: 'scram-sha-256',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_checkpoints: 'off',
    ...options.settings,
  }
  const start = async () => {
    // A server that was killed during this run may have left processes and the lock file of its socket behind.
    await stopOrphan(cluster)
    await rm(join(socket, `${SOCKET_FILE}.lock`), { force: true })
    return await startPostgresProcess({ cluster, logFile, binaries, user, settings })
  }
  const server = await keepPostgres(start, { logFile, log }).catch(async (error: unknown) => {
    await remove()
    throw error
  })
  const stop = async () => {
    await server.stop()
    await remove()
  }
  const connection = {
    host: socket,
    port: PORT,
    user: postgresUser,
    password,
    database,
    ssl: false,
  } as const
  try {
    await ensureDatabase(connection)
  } catch (error) {
    await stop()
    throw error
  }
  return { connection, lost: server.lost, stop }
}

/** Returns the path as the user would type it. */
function shortPath(path: string): string {
  const short = relative(process.cwd(), path)
  return short.startsWith('..') ? path : short
}

async function readPassword(path: string, user: PostgresUser): Promise<string> {
  const made = await createPrivateFile(path, `${randomBytes(24).toString('base64url')}\n`)
  // initdb reads the file as the user who runs PostgreSQL.
  if (made) await user.own(path)
  return (await readFile(path, 'utf8')).trim()
}

/**
 * The directory is in the data directory if that path is short enough for a socket. Otherwise it is in the system's
 * temporary directory, or in /tmp.
 */
async function makeSocketDir(dataDir: string, user: PostgresUser): Promise<string> {
  const own = join(dataDir, 'socket')
  let directory = own
  if (fitsSocket(own)) {
    await rm(own, { recursive: true, force: true })
    await mkdir(own, { mode: 0o700 })
  } else {
    const name = 'quick-connect-'
    const base = fitsSocket(join(tmpdir(), `${name}XXXXXX`)) ? tmpdir() : '/tmp'
    directory = await mkdtemp(join(base, name))
  }
  await user.own(directory)
  return directory
}

function fitsSocket(directory: string): boolean {
  return Buffer.byteLength(join(directory, SOCKET_FILE)) <= SOCKET_PATH_LIMIT
}

async function ensureDatabase(connection: PostgresConnection): Promise<void> {
  const client = new Client({ ...connection, user: SUPERUSER, database: SUPERUSER })
  await client.connect().catch((cause: unknown) => {
    throw new PostgresStartError(
      'failed',
      `the embedded PostgreSQL refuses the password in postgres-password (${messageOf(cause)}): restore that file of the data directory from a backup`,
      { cause },
    )
  })
  try {
    const { rows } = await client.query<{ role: boolean; database: boolean }>(
      `select exists (select from pg_roles where rolname = $1) as role,
              exists (select from pg_database where datname = $2) as database`,
      [connection.user, connection.database],
    )
    const name = client.escapeIdentifier(connection.user)
    if (!rows[0]?.role) {
      const password = client.escapeLiteral(connection.password)
      await client.query(`create role ${name} login createdb createrole password ${password}`)
    }
    if (!rows[0]?.database) {
      const database = client.escapeIdentifier(connection.database)
      await client.query(`create database ${database} owner ${name}`)
    }
  } finally {
    await client.end()
  }
}
