import { resolve } from 'node:path'
import { parseArgs, type ParseArgsConfig } from 'node:util'
import { adminTotp, readLimits } from '../../../functions/env.ts'
import { origins } from '../../../functions/origins.ts'
import type { Limits } from '../../core/context.ts'
import type { JwtKeys } from '../../core/ports.ts'
import { WEBSOCKET_LIMITS, type WebSocketLimits } from '../../emulators/api-gateway/limits.ts'
import { type ConnectionLimits, connectionLimits } from '../server/connection-guard.ts'
import { type DatabaseAddress, readDatabaseAddress } from './database-address.ts'
import { JwtKeysError, readJwtKeysFrom } from './jwt-keys.ts'
import { projectRoot } from '../project-root.ts'
import { type NamedValue, SettingsError } from './settings-error.ts'
import { messageOf } from '../machine/system-error.ts'

export { SettingsError } from './settings-error.ts'

const logLevels = ['DEBUG', 'INFO', 'WARN', 'ERROR'] as const
type LogLevel = (typeof logLevels)[number]

export interface ServerSettings {
  readonly action: 'run' | 'help' | 'version'
  /** 0 takes any free port. */
  readonly port: number
  /** The port of the admin's pages; 0 takes any free port. */
  readonly adminPort: number
  readonly host: string
  /** If undefined, the embedded PostgreSQL in the data directory. */
  readonly database: DatabaseAddress | undefined
  /** An absolute path. */
  readonly dataDir: string
  readonly trustProxy: boolean
  readonly allowedOrigins: readonly string[]
  /**
   * The address where people find the page of the chat, such as `https://chat.example.org`. If undefined, it is on
   * this machine.
   */
  readonly chatUrl: string | undefined
  /** If undefined, the keys of the data directory. */
  readonly jwtKeys: JwtKeys | undefined
  /** [A8] Whether admins need a second factor. */
  readonly adminTotp: 'optional' | 'required'
  /** Limits on requests, frames and messages, as for the functions. */
  readonly limits: Limits
  /** Limits on open connections. */
  readonly connectionLimits: Pick<ConnectionLimits, 'perAddress' | 'inAll'>
  readonly webSocketLimits: Pick<WebSocketLimits, 'connectsPerSecond'>
  /**
   * Set if there are two servers. The server that holds the connections serves `@connections` on `port`. The server
   * of the admin's pages finds `@connections` at `url`. If undefined, this server does both.
   */
  readonly connections:
    | { readonly keyFile: string; readonly port: number; readonly url?: never }
    | { readonly keyFile: string; readonly url: string; readonly port?: never }
    | undefined
  readonly logLevel: LogLevel
  /** A line about settings that may not do what the user expects. */
  readonly note: string | undefined
}

export const settingsHelp = `
Options, and the environment variables (also in .env) with the same meaning. Defaults are in brackets:
  --port <number>        PORT             port to listen on; 0 is any free port (8000)
  --admin-port <number>  ADMIN_PORT       port of the admin's pages; 0 is any free port (8001)
  --host <address>       HOST             address to listen on; 0.0.0.0 is all of them (127.0.0.1)
  --database-url <url>   DATABASE_URL     postgresql:// address of a database to use instead of
                                          the embedded PostgreSQL; or set POSTGRES_HOST, with
                                          POSTGRES_PORT, _DB, _USER and _PASSWORD,
                                          or _PASSWORD_FILE
  --data-dir <path>      DATA_DIR         directory of the embedded PostgreSQL and the keys (.data)
  --trust-proxy          TRUST_PROXY=1    trust X-Forwarded-For; only behind a proxy that sets it
                         ALLOWED_ORIGINS  origins whose pages may call the API and open sockets,
                                          with commas between them
                         ADMIN_TOTP       whether admins need two-step sign-in: optional or
                                          required (optional)
                         CHAT_URL         address of the chat's page for links to users, such as
                                          https://chat.example.org
                         JWT_KEYS         keys for access tokens, in the form of jwt-keys.json
                         CONNECTIONS_PER_ADDRESS, CONNECTIONS_IN_ALL
                                          most open connections of one address, and in all
                                          (1000, 10000)
                         NEW_SOCKETS_PER_SECOND
                                          most WebSockets that are opened in a second (500)
                         CONNECTIONS_PORT, CONNECTIONS_URL, CONNECTIONS_KEY_FILE
                                          run the admin's pages as a separate server: see
                                          docs/operations.md
                         LOG_LEVEL        DEBUG, INFO, WARN or ERROR; INFO logs every request
                                          and frame, too (WARN)
  --help, --version
`.trim()

/**
 * Reads the settings. Options have priority over variables, and an empty variable counts as not set. Throws
 * SettingsError.
 */
export function readSettings(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): ServerSettings {
  const options = parseOptions(argv, {
    port: { type: 'string' },
    'admin-port': { type: 'string' },
    host: { type: 'string' },
    'database-url': { type: 'string' },
    'data-dir': { type: 'string' },
    'trust-proxy': { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
    version: { type: 'boolean' },
  })
  const find = (
    option: 'port' | 'admin-port' | 'host' | 'database-url',
    variable: string,
  ): NamedValue =>
    options[option] === undefined
      ? { name: variable, value: env[variable] || undefined }
      : { name: `--${option}`, value: options[option] }
  const database = readDatabaseAddress(find('database-url', 'DATABASE_URL'), env)
  const port = readPort(find('port', 'PORT'), 8000)
  const adminPort = readPort(find('admin-port', 'ADMIN_PORT'), 8001)
  if (port === adminPort && port !== 0) {
    throw new SettingsError(
      `PORT and ADMIN_PORT are both ${port}: give the admin's pages another port with --admin-port`,
    )
  }
  const unused = [
    'POSTGRES_DB',
    'POSTGRES_USER',
    'POSTGRES_PASSWORD',
    'POSTGRES_PASSWORD_FILE',
  ].filter((name) => env[name])

  return {
    action: options.help ? 'help' : options.version ? 'version' : 'run',
    port,
    adminPort,
    host: readHost(find('host', 'HOST')),
    database,
    dataDir: readDataDir(options['data-dir'], env['DATA_DIR']),
    trustProxy: options['trust-proxy'] ?? readFlag('TRUST_PROXY', env['TRUST_PROXY']),
    allowedOrigins: readOrigins(env['ALLOWED_ORIGINS']),
    chatUrl: readChatUrl(env['CHAT_URL']),
    jwtKeys: readKeys(env['JWT_KEYS']),
    adminTotp: readAdminTotp(env['ADMIN_TOTP']),
    limits: readLimitsOf(env),
    connectionLimits: {
      perAddress: readCount('CONNECTIONS_PER_ADDRESS', env, connectionLimits.perAddress),
      inAll: readCount('CONNECTIONS_IN_ALL', env, connectionLimits.inAll),
    },
    webSocketLimits: {
      connectsPerSecond: readCount(
        'NEW_SOCKETS_PER_SECOND',
        env,
        WEBSOCKET_LIMITS.connectsPerSecond,
      ),
    },
    connections: readConnections(env),
    logLevel: readLogLevel(env['LOG_LEVEL']),
    note:
      database === undefined && unused.length > 0
        ? `${unused.join(', ')} not used: they have an effect only together with POSTGRES_HOST`
        : undefined,
  }
}

/** Reads the options of a command line, which may contain nothing else. Throws SettingsError. */
export function parseOptions<const Options extends NonNullable<ParseArgsConfig['options']>>(
  argv: readonly string[],
  options: Options,
) {
  try {
    return parseArgs({ args: [...argv], options }).values
  } catch (cause) {
    // Only the first sentence is useful. The others explain positional arguments, which our commands do not accept.
    const [fault = ''] = messageOf(cause).split(/[.\n]/)
    throw new SettingsError(`${fault.charAt(0).toLowerCase()}${fault.slice(1)}: see --help`, {
      cause,
    })
  }
}

function readPort({ name, value }: NamedValue, standard: number): number {
  if (value === undefined) return standard
  const port = Number(value)
  if (!/^\d+$/.test(value) || port > 65_535) {
    throw new SettingsError(`${name} is '${value}': give a number from 0 to 65535`)
  }
  return port
}

/** Reads an origin. The page of the chat is at its `/`. */
function readChatUrl(value: string | undefined): string | undefined {
  if (!value) return undefined
  const url = URL.canParse(value) ? new URL(value) : undefined
  const isOrigin = url && /^https?:$/.test(url.protocol) && `${url.origin}/` === url.href
  if (!isOrigin) {
    throw new SettingsError(
      `CHAT_URL is '${value}': give an address without a path, such as https://chat.example.org`,
    )
  }
  return url.origin
}

/**
 * Reads the settings for two servers. The server with the connections has a port for the other server. The other
 * server has the address of that port.
 */
function readConnections(
  env: Readonly<Record<string, string | undefined>>,
): ServerSettings['connections'] {
  const { CONNECTIONS_PORT: port, CONNECTIONS_URL: url, CONNECTIONS_KEY_FILE: keyFile } = env
  if (!port && !url) return undefined
  if (port && url) {
    throw new SettingsError(
      'CONNECTIONS_PORT and CONNECTIONS_URL are both set: set only CONNECTIONS_PORT on the server of the sockets, and only CONNECTIONS_URL on the server of the admin pages',
    )
  }
  if (!keyFile) {
    throw new SettingsError(
      `${port ? 'CONNECTIONS_PORT' : 'CONNECTIONS_URL'} is set without CONNECTIONS_KEY_FILE: name a file that both servers read`,
    )
  }
  if (port) return { keyFile, port: readPort({ name: 'CONNECTIONS_PORT', value: port }, 0) }
  if (!URL.canParse(url!) || !/^https?:$/.test(new URL(url!).protocol)) {
    throw new SettingsError(`CONNECTIONS_URL is '${url}': give an address such as http://web:8002`)
  }
  return { keyFile, url: new URL(url!).origin }
}

function readCount(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
  standard: number,
): number {
  const value = env[name] || String(standard)
  if (/^[1-9]\d{0,6}$/.test(value)) return Number(value)
  throw new SettingsError(`${name} is '${value}': give a number from 1 to 9999999`)
}

function readHost({ name, value = '127.0.0.1' }: NamedValue): string {
  if (!/^[\w.:%-]+$/.test(value)) {
    throw new SettingsError(
      `${name} is '${value}': give a name or an address of this machine, such as 127.0.0.1`,
    )
  }
  return value
}

/** Resolves the data directory. An option is relative to the current directory, a variable (of .env) to the project. */
function readDataDir(option: string | undefined, variable: string | undefined): string {
  if (option === '') throw new SettingsError(`--data-dir is '': give a directory`)
  return option === undefined ? resolve(projectRoot, variable || '.data') : resolve(option)
}

function readFlag(name: string, value: string | undefined): boolean {
  if (!value || value === '0' || value === 'false') return false
  if (value === '1' || value === 'true') return true
  throw new SettingsError(`${name} is '${value}': give 1 or 0`)
}

function readOrigins(value: string | undefined): string[] {
  const read = origins.safeParse(value)
  if (read.success) return read.data
  throw new SettingsError(`ALLOWED_ORIGINS ${read.error.issues[0]!.message}`)
}

function readKeys(value: string | undefined): JwtKeys | undefined {
  if (!value) return undefined
  try {
    return readJwtKeysFrom(value, 'JWT_KEYS')
  } catch (cause) {
    if (!(cause instanceof JwtKeysError)) throw cause
    throw new SettingsError(cause.message, { cause })
  }
}

function readAdminTotp(value: string | undefined): ServerSettings['adminTotp'] {
  const read = adminTotp.safeParse(value || undefined)
  if (read.success) return read.data
  throw new SettingsError(`ADMIN_TOTP is '${value}': give optional or required`)
}

function readLimitsOf(env: Readonly<Record<string, string | undefined>>): Limits {
  try {
    return readLimits(env)
  } catch (cause) {
    throw new SettingsError(messageOf(cause), { cause })
  }
}

/** The default is quieter than that of the functions, because this log is on a user's terminal. */
function readLogLevel(value: string | undefined): LogLevel {
  const level = logLevels.find((name) => name === (value || 'WARN').toUpperCase())
  if (level) return level
  throw new SettingsError(`LOG_LEVEL is '${value}': give one of ${logLevels.join(', ')}`)
}
