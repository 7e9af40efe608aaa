import { execFile } from 'node:child_process'
import { mkdir, open, readFile, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { PostgresBinaries } from './postgres-binaries.ts'
import { PostgresStartError } from './postgres-start-error.ts'
import type { PostgresUser } from './postgres-user.ts'
import { ignoreMissing, messageOf } from '../machine/system-error.ts'

const run = promisify(execFile)

/** The major version of the binaries, such as '17'. */
export async function postgresMajor(
  binaries: PostgresBinaries,
  user: PostgresUser,
): Promise<string> {
  const [file, args, options] = user.command(binaries.postgres, ['--version'])
  const { stdout } = await run(file, args, options).catch((cause: unknown) => {
    throw new PostgresStartError(
      'failed',
      `${binaries.postgres} does not run here (${firstLine(cause)}): run npm ci again, or give a database with --database-url`,
      { cause },
    )
  })
  return /(\d+)\./.exec(stdout)?.[1] ?? stdout.trim()
}

/**
 * Makes sure that there is a cluster of version `major`, and creates it if it is missing. The cluster is created
 * beside its final place and then renamed, so a cluster in its final place is always whole.
 */
export async function prepareCluster(options: {
  cluster: string
  major: string
  passwordFile: string
  binaries: PostgresBinaries
  user: PostgresUser
}): Promise<void> {
  const { cluster, major } = options
  const found = await readFile(join(cluster, 'PG_VERSION'), 'utf8').catch(ignoreMissing)
  if (found !== undefined) {
    if (found.trim() === major) return
    throw new PostgresStartError(
      'wrong-version',
      `the database in ${cluster} is of PostgreSQL ${found.trim()}, but PostgreSQL ${major} is installed: copy the data with pg_dump of version ${found.trim()}, or start with an empty database in another --data-dir`,
    )
  }
  const entries = (await readdir(cluster).catch(ignoreMissing)) ?? []
  if (entries.length > 0) {
    throw new PostgresStartError(
      'not-a-cluster',
      `${cluster} is not a PostgreSQL data directory, but contains ${entries[0]}: move it away, or choose another with --data-dir`,
    )
  }
  await makeCluster(options)
}

async function makeCluster(options: {
  cluster: string
  passwordFile: string
  binaries: PostgresBinaries
  user: PostgresUser
}): Promise<void> {
  const { cluster, binaries, user } = options
  const draft = `${cluster}.new`
  await rm(draft, { recursive: true, force: true })
  await mkdir(draft, { mode: 0o700 })
  await user.own(draft)
  const [file, args, spawnOptions] = user.command(binaries.initdb, [
    `--pgdata=${draft}`,
    '--username=postgres',
    `--pwfile=${options.passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // The collation is PostgreSQL's own, so an update of the system's C library cannot break an index. The character
    // classes are the C library's, because full-text search folds case only by them.
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    `--lc-ctype=${process.platform === 'darwin' ? 'en_US.UTF-8' : 'C.UTF-8'}`,
    '--data-checksums',
    '--no-instructions',
  ])
  try {
    await run(file, args, spawnOptions)
  } catch (cause) {
    await rm(draft, { recursive: true, force: true })
    throw new PostgresStartError('failed', `initdb failed: ${firstLine(cause)}`, { cause })
  }
  await rename(draft, cluster)
  const parent = await open(dirname(cluster))
  await parent.sync()
  await parent.close()
}

/** The line in which a program of PostgreSQL says why it failed, without the program's name. */
function firstLine(error: unknown): string {
  // The message of execFile's error is the command, followed by the program's output.
  const [command = '', ...output] = messageOf(error).trim().split('\n')
  const line = output.find((text) => /error|fatal/i.test(text)) ?? output.at(-1) ?? command
  return line.replace(/^\w+: (error: )?/, '')
}
