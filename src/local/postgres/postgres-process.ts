import { spawn } from 'node:child_process'
import { open, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PostgresBinaries } from './postgres-binaries.ts'
import { PostgresStartError } from './postgres-start-error.ts'
import type { PostgresUser } from './postgres-user.ts'
import { backendsOf, processStartedAt, relationOf } from '../machine/process-info.ts'

/** A normal start takes a tenth of a second. Crash recovery of a busy database takes longer. */
const START_TIMEOUT = 120_000
const STOP_TIMEOUT = 20_000
/** How long backends may take to end by themselves when their server was killed. */
const BACKENDS_PATIENCE = 3_000
const BACKENDS_TIMEOUT = 30_000
const LOG_LIMIT = 5_000_000

export interface PostgresProcess {
  readonly pid: number
  /** Settles when the server has ended, on request or by itself. */
  readonly exited: Promise<void>
  stop(): Promise<void>
}

interface StartOptions {
  cluster: string
  logFile: string
  binaries: PostgresBinaries
  user: PostgresUser
  settings: Readonly<Record<string, string>>
}

/**
 * Starts the server of a cluster and waits until it accepts connections. If an earlier server was killed, its backend
 * processes may still run. No other server can start until they have ended. Each of them ends when it next waits for
 * something, but one that waits for a lock of a killed process would wait for ever. So they are killed after 3 s. The
 * new server discards their shared memory and recovers from the log, as after any crash.
 */
export async function startPostgresProcess(options: StartOptions): Promise<PostgresProcess> {
  const began = Date.now()
  for (;;) {
    try {
      return await startOnce(options)
    } catch (error) {
      const isHeld = error instanceof PostgresStartError && error.code === 'backends'
      const waited = Date.now() - began
      if (!isHeld || waited > BACKENDS_TIMEOUT) throw error
      if (waited > BACKENDS_PATIENCE) await killBackends(options.cluster)
      await sleep(100)
    }
  }
}

async function killBackends(cluster: string): Promise<void> {
  for (const pid of await backendsOf(cluster)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  }
}

async function startOnce(options: StartOptions): Promise<PostgresProcess> {
  const { cluster, logFile, user } = options
  const settings = Object.entries(options.settings).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ])
  const [file, args, spawnOptions] = user.command(options.binaries.postgres, [
    '-D',
    cluster,
    ...settings,
  ])
  const log = await openLog(logFile, user)
  // The server gets a session of its own, so that Ctrl-C in the terminal reaches only this process. The database must
  // still run for the statements that are executed while the connections are closed.
  const child = spawn(file, args, {
    ...spawnOptions,
    detached: true,
    stdio: ['ignore', log.handle.fd, log.handle.fd],
  })
  const interrupt = () => child.kill('SIGINT')
  process.on('exit', interrupt)
  let running = true
  const exited = new Promise<void>((resolve) => {
    const end = () => {
      running = false
      process.off('exit', interrupt)
      resolve()
    }
    child.once('exit', end)
    child.once('error', end)
  })
  await log.handle.close()
  child.unref()

  const pid = child.pid ?? 0
  const deadline = Date.now() + START_TIMEOUT
  while (!(await isReady(cluster, pid))) {
    if (!running) {
      const words = await lastWords(logFile, log.size)
      if (words.startsWith('pre-existing shared memory block')) {
        throw new PostgresStartError(
          'backends',
          `processes of an earlier PostgreSQL of ${cluster} still run: end them, then start again`,
        )
      }
      throw new PostgresStartError('failed', `PostgreSQL did not start (${words}): see ${logFile}`)
    }
    if (Date.now() > deadline) {
      child.kill('SIGQUIT')
      await exited
      throw new PostgresStartError(
        'failed',
        `PostgreSQL was not ready within ${START_TIMEOUT / 1000} s: see ${logFile}`,
      )
    }
    await Promise.race([exited, sleep(10)])
  }

  return {
    pid,
    exited,
    async stop() {
      child.ref()
      child.kill('SIGINT')
      const patience = setTimeout(() => child.kill('SIGQUIT'), STOP_TIMEOUT)
      await exited
      clearTimeout(patience)
    },
  }
}

/**
 * Stops the server that a killed owner left behind. The caller holds the lock of the data directory, so nobody uses
 * that server. Returns the process id if there was such a server.
 */
export async function stopOrphan(cluster: string): Promise<number | undefined> {
  const pidFile = join(cluster, 'postmaster.pid')
  const text = await readFile(pidFile, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const pid = Number(text.split('\n')[0])
  const relation = pid > 1 ? await relationOf(pid, cluster) : 'none'
  // A crash left this file behind. Another process may have the same id by now, and PostgreSQL would take it for a
  // running server. If backends outlived their server, PostgreSQL notices them by their shared memory.
  if (relation === 'none') await rm(pidFile, { force: true })
  if (relation !== 'server') return undefined
  const startedAt = await processStartedAt(pid)
  const gone = async (timeout: number) => {
    const deadline = Date.now() + timeout
    while ((await processStartedAt(pid)) === startedAt) {
      if (Date.now() > deadline) return false
      await sleep(20)
    }
    return true
  }
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    process.kill(pid, signal)
    if (await gone(STOP_TIMEOUT)) return pid
  }
  throw new PostgresStartError(
    'orphan',
    `an earlier PostgreSQL (process ${pid}) of ${cluster} does not stop: end it with kill -9 ${pid}`,
  )
}

/** Works like pg_ctl: the eighth line of postmaster.pid is the server's state. */
async function isReady(cluster: string, pid: number): Promise<boolean> {
  const text = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '')
  const lines = text.split('\n')
  return lines[0] === String(pid) && lines[7]?.trim() === 'ready'
}

async function openLog(path: string, user: PostgresUser) {
  const old = await stat(path).catch(() => undefined)
  if (old && old.size > LOG_LIMIT) await rename(path, `${path}.1`)
  const handle = await open(path, 'a', 0o600)
  await user.own(path)
  return { handle, size: (await handle.stat()).size }
}

async function lastWords(logFile: string, from: number): Promise<string> {
  const text = (await readFile(logFile)).subarray(from).toString('utf8')
  const lines = text.split('\n').filter(Boolean)
  const line = lines.findLast((entry) => /FATAL|PANIC|error/.test(entry)) ?? lines.at(-1)
  return line?.replace(/^.*?(FATAL|PANIC): +/, '') ?? 'it ended at once'
}
