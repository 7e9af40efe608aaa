/** The product as somebody runs it: `run.sh` over its embedded PostgreSQL, and what can be killed of it. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { Client } from 'pg'
import { vi } from 'vitest'
import { relationOf } from '../../src/local/machine/process-info.ts'
import { openSharedDatabase } from '../../src/local/commands/shared-database.ts'
import { type Command, startCommand } from '../support/command.ts'
import { makeTempDir } from '../support/temp-dir.ts'

/** What is killed with SIGKILL, as the kernel does it when memory runs out. */
export const kills = [
  'the server',
  'PostgreSQL',
  'the postmaster',
  'a backend',
  'the server and its PostgreSQL',
  'the server and the postmaster',
] as const
export type Kill = (typeof kills)[number]

/** The kills after which somebody has to start it again. */
export const endsServer = (kill: Kill) => kill.startsWith('the server')

const addressLine = /^Quick Connect is on (http:\/\/localhost:\d+)$/

/** What a person of the test does in a second is more than people do. */
const limits = Object.fromEntries(
  ['REQUESTS', 'FRAMES', 'CONNECTS', 'MESSAGES', 'REPEATS', 'JOINS', 'SETTINGS'].map((name) => [
    `${name}_PER_MINUTE`,
    '100000',
  ]),
)

export interface Product extends AsyncDisposable {
  readonly url: string
  /** What the present run has said so far. */
  said(): readonly string[]
  start(): Promise<void>
  /** Finds out what to kill; what it gives kills all of it at one moment. */
  aim(what: Kill): Promise<() => Promise<void>>
  /** Waits until the database knows of so many connections. */
  holdsConnections(count: number): Promise<void>
}

export async function startProduct(random: () => number): Promise<Product> {
  const dir = await makeTempDir()
  const dataDir = join(dir.path, 'data')
  const port = await findPort(random)
  let command: Command | undefined

  async function start(): Promise<void> {
    const args = ['--port', `${port}`, '--admin-port', '0', '--data-dir', dataDir]
    command = startCommand('run.sh', args, { ...limits, JWT_KEYS: '' })
    await command.line(addressLine)
  }

  async function connect(): Promise<Client> {
    const { config } = await openSharedDatabase({ database: undefined, dataDir }, () => undefined)
    const client = new Client(config)
    // It is killed with the others.
    client.on('error', () => undefined)
    await client.connect()
    return client
  }

  async function query(statement: string): Promise<Record<string, unknown>[]> {
    const client = await connect()
    try {
      return (await client.query<Record<string, unknown>>(statement)).rows
    } finally {
      await client.end().catch(() => undefined)
    }
  }

  async function postmaster(): Promise<number> {
    const cluster = join(dataDir, 'postgres')
    const pid = Number.parseInt(await readFile(join(cluster, 'postmaster.pid'), 'utf8'), 10)
    if ((await relationOf(pid, cluster)) !== 'server') throw new Error(`${pid} is not ours`)
    return pid
  }

  /** The processes of PostgreSQL beside the postmaster; of client backends first those that are at work. */
  async function childrenOf(what: Kill): Promise<number[]> {
    if (what === 'a backend') {
      const [row] = await query(
        `select pid from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()
          order by state = 'active' desc, state_change desc limit 1`,
      )
      return [Number(row!['pid'])]
    }
    if (!what.includes('PostgreSQL')) return []
    const rows = await query('select pid from pg_stat_activity where pid <> pg_backend_pid()')
    return rows.map(({ pid }) => Number(pid))
  }

  return {
    url: `http://127.0.0.1:${port}`,
    said: () => command?.said() ?? [],
    start,
    async holdsConnections(count) {
      await vi.waitFor(
        async () => {
          const [row] = await query('select count(*)::int as count from connections')
          assert.equal(row!['count'], count)
        },
        { timeout: 30_000 },
      )
    },
    async aim(what) {
      const pids = await childrenOf(what)
      if (what.includes('PostgreSQL') || what.includes('postmaster')) {
        pids.unshift(await postmaster())
      }
      if (endsServer(what)) pids.unshift(command!.pid)
      return async () => {
        for (const pid of pids) killNow(pid)
        if (endsServer(what)) await command!.exit
      }
    },
    async [Symbol.asyncDispose]() {
      await command?.[Symbol.asyncDispose]()
      // A test that failed may have left it.
      await postmaster().then(killNow, () => undefined)
      await dir[Symbol.asyncDispose]()
    },
  }
}

function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

/**
 * A free port below those that the system gives to clients: a client that tries to reach a server that is not there
 * can be given that very port, and would be connected with itself.
 */
async function findPort(random: () => number): Promise<number> {
  for (;;) {
    const port = 12_000 + Math.floor(random() * 18_000)
    const server = createServer()
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false))
      server.listen(port, '127.0.0.1', () => resolve(true))
    })
    if (!isFree) continue
    await new Promise((resolve) => server.close(resolve))
    return port
  }
}
