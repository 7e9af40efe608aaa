import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import type { Browser } from 'playwright-core'

const { PRIORITY_LOW, PRIORITY_HIGH } = constants.priority

/** How often new processes of PostgreSQL are looked for. */
const lookMs = 500

/** Does nothing when the process has ended meanwhile, or when the system has no such file. */
function attempt(work: () => void): void {
  try {
    work()
  } catch {
    // The benchmark still measures something, only with more disturbance.
  }
}

/**
 * Gives a session of processes a priority. Linux may share the processor between sessions first, and between the
 * processes of a session afterwards (`sched_autogroup`). The priority of a process counts only within its session then.
 * To lower it needs no rights, and to raise it does.
 */
function prioritizeSession(pid: number, priority: number): void {
  attempt(() => writeFileSync(`/proc/${pid}/autogroup`, `${priority}`))
}

/** Gives a process the lowest priority, and its session, too. */
function lower(pid: number): void {
  attempt(() => setPriority(pid, PRIORITY_LOW))
  // In Linux each thread has a priority of its own.
  attempt(() => {
    for (const thread of readdirSync(`/proc/${pid}/task`)) setPriority(Number(thread), PRIORITY_LOW)
  })
  prioritizeSession(pid, PRIORITY_LOW)
}

/**
 * Gives the session of the browser a high priority, so that other programs of the machine wait for it. Without the rights
 * for it (root, `CAP_SYS_NICE`) it keeps its priority. The browser itself decides which of its threads come first.
 */
export async function raise(browser: Browser): Promise<void> {
  const session = await browser.newBrowserCDPSession()
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  await session.detach()
  for (const { id } of processInfo) prioritizeSession(id, PRIORITY_HIGH)
}

/**
 * Gives the server and its PostgreSQL the lowest priority, so that they run when the browser leaves a processor free.
 * PostgreSQL starts a process with a session of its own for each connection, so this looks for new ones until it is
 * disposed of.
 *
 * @param server the process of the server, which must be in a session of its own
 * @param postmaster the first process of PostgreSQL
 */
export function keepLow(server: number, postmaster: number): Disposable {
  const known = new Set([server, postmaster])
  for (const pid of known) lower(pid)
  const look = () =>
    attempt(() => {
      const children = readFileSync(`/proc/${postmaster}/task/${postmaster}/children`, 'utf8')
      for (const pid of children.trim().split(' ').map(Number)) {
        if (!known.has(pid)) lower(pid)
        known.add(pid)
      }
    })
  look()
  const timer = setInterval(look, lookMs)
  return { [Symbol.dispose]: () => clearInterval(timer) }
}
