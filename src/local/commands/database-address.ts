import { resolve } from 'node:path'
import type { PoolConfig } from 'pg'
import { projectRoot } from '../project-root.ts'
import { type NamedValue, SettingsError } from './settings-error.ts'
import { messageOf } from '../machine/system-error.ts'
import { readTextFile } from '../machine/text-file.ts'

/** A database that was given instead of the embedded one. */
export interface DatabaseAddress {
  /** Fit for pg.Pool. With its password: never to be printed. */
  readonly config: PoolConfig
  /** Host and port, for people. */
  readonly server: string
  readonly database: string
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * From `--database-url` or DATABASE_URL, else from the POSTGRES_* variables, which name a database
 * only together with POSTGRES_HOST: without it they are docker-compose's, which reads the same
 * .env, and no reason to look for a server on this machine.
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

/** Of POSTGRES_PASSWORD_FILE: its text without the end of its line. */
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
  // Without the value: it may hold a password.
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
