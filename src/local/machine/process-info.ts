import { execFile } from 'node:child_process'
import { readdir, readFile, stat } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * Returns when a process began, as a text that is only good for comparing. After a restart or in a new container a
 * process id can come back, but not together with the same start time. Returns undefined if no such process lives. A
 * process that ended but was not collected yet counts as dead.
 */
export async function processStartedAt(pid: number): Promise<string | undefined> {
  if (process.platform !== 'linux') return (await ps(pid, 'lstart=')) || undefined
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  // The second field, the program's name in brackets, may itself contain blanks and brackets.
  const fields = line?.slice(line.lastIndexOf(')') + 2).split(' ')
  return fields?.[0] === 'Z' ? undefined : fields?.[19]
}

/**
 * Returns what process `pid` is to the cluster in `directory`: its PostgreSQL server, another PostgreSQL server, or
 * neither.
 */
export async function relationOf(
  pid: number,
  directory: string,
): Promise<'server' | 'other-postgres' | 'none'> {
  if ((await processStartedAt(pid)) === undefined) return 'none'
  const command = await commandOf(pid)
  if (!/(^|\/)postgres -D /.test(command)) return 'none'
  // A server's working directory is its data directory, even after the directory was moved. In a container, root may
  // not read the working directory of another user's server. In that case the command line decides.
  const [cwd, own] = await Promise.all([
    stat(`/proc/${pid}/cwd`).catch(() => undefined),
    stat(directory).catch(() => undefined),
  ])
  const isServer = cwd
    ? cwd.dev === own?.dev && cwd.ino === own.ino
    : command.includes(` -D ${directory} `)
  return isServer ? 'server' : 'other-postgres'
}

/**
 * Returns the processes of a PostgreSQL server other than the server itself, such as its backends. They work in its data
 * directory, and their command line is a title. Only Linux tells both. On other systems the list is empty.
 */
export async function backendsOf(directory: string): Promise<number[]> {
  const own = await stat(directory)
  const names = await readdir('/proc').catch(() => [])
  const pids = names.map(Number).filter((pid) => pid > 1)
  const isBackend = async (pid: number) => {
    if (!(await commandOf(pid)).startsWith('postgres: ')) return false
    const cwd = await stat(`/proc/${pid}/cwd`).catch(() => undefined)
    return cwd?.dev === own.dev && cwd.ino === own.ino
  }
  const found = await Promise.all(pids.map(isBackend))
  return pids.filter((_, index) => found[index])
}

async function commandOf(pid: number): Promise<string> {
  if (process.platform !== 'linux') return ps(pid, 'command=')
  const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  return line.replaceAll('\0', ' ')
}

async function ps(pid: number, column: string): Promise<string> {
  const { stdout } = await run('ps', ['-ww', '-o', column, '-p', String(pid)]).catch(() => ({
    stdout: '',
  }))
  return stdout.trim()
}
