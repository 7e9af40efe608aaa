import { execFile } from 'node:child_process'
import { readFile, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * When a process began, in a form that can only be compared: a process id comes back after a
 * restart or in a new container, together with the same start time it does not. Undefined when
 * no such process lives (one that ended and was not collected yet counts as dead).
 */
export async function processStartedAt(pid: number): Promise<string | undefined> {
  if (process.platform !== 'linux') return (await ps(pid, 'lstart=')) || undefined
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  // The second field, the program's name in brackets, may itself hold blanks and brackets.
  const fields = line?.slice(line.lastIndexOf(')') + 2).split(' ')
  return fields?.[0] === 'Z' ? undefined : fields?.[19]
}

/** Whether process `pid` is the PostgreSQL server of the cluster in `directory`. */
export async function isPostmasterOf(directory: string, pid: number): Promise<boolean> {
  if ((await processStartedAt(pid)) === undefined) return false
  if (process.platform !== 'linux') {
    const command = await ps(pid, 'command=')
    return command.includes('postgres') && command.includes(directory)
  }
  // A postmaster stays in its data directory: that holds even after the directory was moved.
  const [name, cwd, own] = await Promise.all([
    readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''),
    stat(`/proc/${pid}/cwd`).catch(() => undefined),
    stat(directory).catch(() => undefined),
  ])
  const isPostgres = basename(name.split('\0')[0] ?? '') === 'postgres'
  return isPostgres && cwd !== undefined && cwd.dev === own?.dev && cwd.ino === own.ino
}

async function ps(pid: number, column: string): Promise<string> {
  const { stdout } = await run('ps', ['-ww', '-o', column, '-p', String(pid)]).catch(() => ({
    stdout: '',
  }))
  return stdout.trim()
}
