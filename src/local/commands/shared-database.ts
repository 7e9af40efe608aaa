import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { PoolConfig } from 'pg'
import { DataDirError } from '../machine/data-dir.ts'
import { type OpenDatabase, openDatabase } from './open-database.ts'
import { postgresUser } from '../postgres/postgres.ts'
import type { ServerSettings } from './settings.ts'

/** Opens the database of the settings. If a running server has the embedded database, it is used beside that server. */
export async function openSharedDatabase(
  settings: Pick<ServerSettings, 'database' | 'dataDir'>,
  say: (line: string) => void,
): Promise<Pick<OpenDatabase, 'config' | typeof Symbol.asyncDispose>> {
  try {
    return await openDatabase(settings, say)
  } catch (error) {
    if (!(error instanceof DataDirError) || error.code !== 'in-use') throw error
    const config = await findRunning(settings.dataDir).catch(() => undefined)
    if (!config) throw error
    say('using the database of the server that is running')
    return { config, async [Symbol.asyncDispose]() {} }
  }
}

/** Reads how to connect to a running embedded PostgreSQL from the file that PostgreSQL writes about its process. */
async function findRunning(dataDir: string): Promise<PoolConfig | undefined> {
  const lines = (await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')
  const [, , , port, host] = lines
  if (!port || !host) return undefined
  const password = (await readFile(join(dataDir, 'postgres-password'), 'utf8')).trim()
  return {
    host,
    port: Number(port),
    user: postgresUser,
    database: postgresUser,
    password,
    ssl: false,
  }
}
