import { execFile, type SpawnOptions } from 'node:child_process'
import { chmod, chown, stat } from 'node:fs/promises'
import { promisify } from 'node:util'
import { PostgresStartError } from './postgres-start-error.ts'

const run = promisify(execFile)
const SYSTEM_USER = 'postgres'

/** The environment of PostgreSQL's programs. It has none of the user's PG* variables, and always the same language. */
const ENVIRONMENT = { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }

/** The system user that runs PostgreSQL's programs. */
export interface PostgresUser {
  command(program: string, args: readonly string[]): [string, string[], SpawnOptions]
  /** Makes this user the owner of a file or directory that this process created. */
  own(path: string): Promise<void>
}

/**
 * PostgreSQL refuses to run as root. If this process is root, PostgreSQL runs as the owner of an existing cluster, or
 * else as the system user `postgres`, which is created if it is missing. Otherwise PostgreSQL runs as the user of
 * this process.
 */
export async function findPostgresUser(options: {
  dataDir: string
  cluster: string
  program: string
}): Promise<PostgresUser> {
  if (process.getuid?.() !== 0) return asUser({ own: async () => {} })

  const ids = (await clusterOwner(options.cluster)) ?? (await systemUser())
  await letPass(options.dataDir, ids.gid)
  const own = (path: string) => chown(path, ids.uid, ids.gid)
  const plain = asUser({ own, spawn: ids })
  if (await reaches(plain, options)) return plain

  // The user cannot pass a directory above, often /root with mode 0700. We must not change the permissions of that
  // directory. Instead, the one process gets a capability to pass it. Containers have the second capability.
  for (const capability of ['+dac_read_search', '+dac_override']) {
    const prefix = [
      'setpriv',
      `--reuid=${ids.uid}`,
      `--regid=${ids.gid}`,
      '--clear-groups',
      `--inh-caps=${capability}`,
      `--ambient-caps=${capability}`,
      // Without this, access(2) ignores the capability, and PostgreSQL looks for its own files with it.
      '--securebits=+no_setuid_fixup',
      '--',
    ]
    const capable = asUser({ own, prefix })
    if (await reaches(capable, options)) return capable
  }
  throw new PostgresStartError(
    'not-permitted',
    `PostgreSQL does not run as root, and the user with id ${ids.uid} cannot reach ${options.dataDir} or ${options.program}: move the project to where other users may pass (such as /srv), or start it as an ordinary user`,
  )
}

function asUser(how: {
  own: PostgresUser['own']
  spawn?: { uid: number; gid: number }
  prefix?: string[]
}): PostgresUser {
  return {
    own: how.own,
    command(program, args) {
      const [file = program, ...rest] = [...(how.prefix ?? []), program, ...args]
      return [file, rest, { ...how.spawn, env: ENVIRONMENT, cwd: '/' }]
    },
  }
}

async function reaches(
  user: PostgresUser,
  { dataDir, program }: { dataDir: string; program: string },
): Promise<boolean> {
  const script = 'cd "$0" && test -x "$1"'
  const [file, args, options] = user.command('sh', ['-c', script, dataDir, program])
  return run(file, args, options).then(
    () => true,
    () => false,
  )
}

async function clusterOwner(cluster: string): Promise<{ uid: number; gid: number } | undefined> {
  const found = await stat(cluster).catch(() => undefined)
  return found && found.uid !== 0 ? found : undefined
}

async function systemUser(): Promise<{ uid: number; gid: number }> {
  try {
    return await idsOf(SYSTEM_USER).catch(async () => {
      await run('useradd', ['--system', '--user-group', '--shell', '/bin/false', SYSTEM_USER])
      return idsOf(SYSTEM_USER)
    })
  } catch (cause) {
    throw new PostgresStartError(
      'not-permitted',
      `PostgreSQL does not run as root, and the system user ${SYSTEM_USER} could not be made: make it (useradd --system ${SYSTEM_USER}), or start Quick Connect as an ordinary user`,
      { cause },
    )
  }
}

async function idsOf(name: string): Promise<{ uid: number; gid: number }> {
  const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])])
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
}

/** Lets the user's group pass the data directory, but not list it. The files in it are private. */
async function letPass(dataDir: string, gid: number): Promise<void> {
  const { uid, mode } = await stat(dataDir)
  if (uid !== 0 || (mode & 0o001) !== 0) return
  await chown(dataDir, 0, gid)
  await chmod(dataDir, (mode & 0o700) | 0o010)
}
