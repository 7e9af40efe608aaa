import { resolve } from 'node:path'
import type { PoolConfig } from 'pg'
import { projectRoot } from '../project-root.ts'
import { type NamedValue, SettingsError } from './settings-error.ts'
import { messageOf } from '../machine/system-error.ts'
import { readTextFile } from '../machine/text-file.ts'

/** The address of a database that is used instead of the embedded one. */
export interface DatabaseAddress {
  /** A configuration for pg.Pool. It contains the password, so it must never be printed. */
  readonly config: PoolConfig
  /** The host and the port, for messages. */
  readonly server: string
  readonly database: string
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads the address from `--database-url` or DATABASE_URL, else from the POSTGRES_* variables. Those count only
 * together with POSTGRES_HOST. Without POSTGRES_HOST they are for docker-compose, which reads the same .env, and do
 * not mean that there is a server on this machine.
 */
export function readDatabaseAddress(
  given: NamedValue,
  env: Environment,
): DatabaseAddress | undefined {
  if (given.value !== undefined) return parseUrl(given.name, given.value)
  return env['POSTGRES_HOST'] ? readVariables(env['POSTGRES_HOST'], env) : undefined
}

function readVariables(host: string, env: Environment): DatabaseAddress {
  const port = Number(env['POSTGRES_PORT'] || '5432')
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new SettingsError(
      `POSTGRES_PORT is '${env['POSTGRES_PORT']}': give a number from 1 to 65535`,
    )
  }
  const database = env['POSTGRES_DB'] || 'quick_connect'
  const user = env['POSTGRES_USER'] || 'postgres'
  const password = env['POSTGRES_PASSWORD'] || readPasswordFile(env) || 'postgres'
  return {
    config: { host, port, user, password, database },
    server: `${host}:${port}`,
    database,
  }
}

/** Reads the password from the file that POSTGRES_PASSWORD_FILE names, without the line ending. */
function readPasswordFile(env: Environment): string | undefined {
  const path = env['POSTGRES_PASSWORD_FILE']
  if (!path) return undefined
  const refuse = (fault: string, cause?: unknown) =>
    new SettingsError(`POSTGRES_PASSWORD_FILE is '${path}': ${fault}`, { cause })
  let text: string
  try {
    text = readTextFile(resolve(projectRoot, path))
  } catch (cause) {
    throw refuse(`it cannot be read (${messageOf(cause)})`, cause)
  }
  const password = text.replace(/\r?\n$/, '')
  if (password === '') throw refuse('it is empty: write the password into it')
  return password
}

function parseUrl(name: string, text: string): DatabaseAddress {
  // The error leaves out the value, because it may contain a password.
  const refuse = (fault: string) =>
    new SettingsError(`${name} ${fault}: write postgresql://user:password@host:5432/database`)
  const url = URL.parse(text)
  if (!url) throw refuse('is not an address')
  if (url.protocol !== 'postgresql:' && url.protocol !== 'postgres:') {
    throw refuse(`begins with ${url.protocol}//`)
  }
  const database = decodeURIComponent(url.pathname.slice(1))
  if (database === '') throw refuse('names no database')
  const host = url.searchParams.get('host') ?? decodeURIComponent(url.hostname)
  const server = `${host || 'localhost'}:${url.port || '5432'}`
  return { config: { connectionString: text }, server, database }
}
