/** [W11] One server for each database: what the second is told, and what becomes of the lock when its connection breaks. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import type { PoolConfig } from 'pg'
import { expect, test } from 'vitest'
import { lockDatabase } from '../../src/local/commands/server-lock.ts'
import { Observer } from '../support/barrier.ts'
import { call, type Callable } from '../support/api-client.ts'
import { collectLog } from '../support/collect-log.ts'
import { runCommand, startCommand } from '../support/command.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { TestUser } from '../support/test-user.ts'
import { makeTempDir } from '../support/temp-dir.ts'
import { ok } from '../support/answers.ts'
import { refusal } from '../support/open-socket.ts'

/** Each server is a process of its own. */
const patient = { timeout: 90_000 }

const anyPorts = ['--port', '0', '--admin-port', '0']
const addressLine = /^Quick Connect is on (http:\/\/localhost:\d+)$/

/** How a script is told of a database. */
function envOf({ connection }: TestDatabase) {
  const { host, user, password, database } = connection
  return {
    POSTGRES_HOST: host,
    POSTGRES_USER: user,
    POSTGRES_PASSWORD: password,
    POSTGRES_DB: database,
  }
}

/** run.sh over a database, with keys in a directory of the test's. */
function startServer(database: TestDatabase, dataDir: string, env: Record<string, string> = {}) {
  const command = startCommand('run.sh', [...anyPorts, '--data-dir', dataDir], {
    ...envOf(database),
    ...env,
  })
  return Object.assign(command, {
    async ready(): Promise<Callable> {
      const url = (await command.line(addressLine))[1]!
      return { url, call: (...request) => call(url, ...request) }
    },
  })
}

const ourSession = `from pg_stat_activity
  where datname = current_database() and application_name like 'quick-connect %'`

/** The process of the database whose session holds a server's lock; undefined when there is none. */
async function pidOfLock(observer: Observer): Promise<number | undefined> {
  const [row] = await observer.query<{ pid: number }>(
    `select pid ${ourSession} and pid in (select l.pid from pg_locks l where l.locktype = 'advisory' and l.granted)`,
  )
  return row?.pid
}

async function untilLockedAgain(observer: Observer, before: number): Promise<void> {
  await observer.until(async () => ![undefined, before].includes(await pidOfLock(observer)))
}

/** Whether a user sees the other one of a direct chat online. */
async function isOnline(user: TestUser, direct: { readonly id: number }): Promise<boolean> {
  return (await ok(user.get(`/api/rooms/${direct.id}/`))).partner.online
}

/** Another session that gets the lock as soon as the server has lost it. */
async function waitInLine(database: TestDatabase, observer: Observer): Promise<Observer> {
  const next = await Observer.of(database)
  void next.query('select from (select pg_advisory_lock(7267832103)) held').catch(() => undefined)
  await observer.waiting(1)
  return next
}

test(
  '[W11] a second server over a database does not start, and says why; other scripts work beside it',
  patient,
  async () => {
    await using database = await createTestDatabase()
    await using dir = await makeTempDir()
    await using first = startServer(database, dir.path)
    const server = await first.ready()
    const other = await runCommand('run.sh', [...anyPorts, '--data-dir', dir.path], envOf(database))
    expect(other).toMatchObject({
      code: 1,
      stderr: [
        expect.stringMatching(
          `^another server \\(process ${first.pid} on \\S+\\) runs over this database: stop it, or give this one a database of its own with --database-url$`,
        ),
      ],
    })
    expect(other.stdout).toHaveLength(2)
    const migrated = await runCommand('migrate.sh', [], envOf(database))
    expect(migrated).toMatchObject({ code: 0, stderr: [] })
    expect(migrated.stdout.at(-1)).toBe('schema up to date')
    const admin = ['--username', 'ada', '--email', 'ada@example.org']
    const made = await runCommand(
      'create-admin.sh',
      admin,
      envOf(database),
      'a long enough secret\n',
    )
    expect(made).toMatchObject({ code: 0, stderr: [] })
    expect((await server.call('GET', '/api/health/')).status).toBe(200)
    first.kill('SIGTERM')
    expect(await first.exit).toMatchObject({ code: 0, stderr: [] })
    await using next = startServer(database, dir.path)
    await next.ready()
  },
)

test(
  '[W11] a server that starts forgets the sockets of one that was killed: they are offline, and do not count',
  patient,
  async () => {
    await using database = await createTestDatabase()
    await using dir = await makeTempDir()
    await using observer = await Observer.of(database)
    const limited = { CONNECTIONS_PER_USER: '2' }
    await using killed = startServer(database, dir.path, limited)
    const before = await killed.ready()
    const [ann, ben] = [
      await TestUser.register(before, 'ann'),
      await TestUser.register(before, 'ben'),
    ]
    const direct = await ok(ann.post('/api/direct/', { username: 'ben' }))
    for (let n = 0; n < 2; n++) await ben.connect()
    expect(await refusal(ben.connect())).toBe(429)
    expect(await isOnline(ann, direct)).toBe(true)
    killed.kill('SIGKILL')
    await killed.exit
    expect(await observer.query('select id from connections')).toHaveLength(2)

    await using next = startServer(database, dir.path, limited)
    const after = await next.ready()
    expect(await observer.query('select connection_id from subscriptions')).toEqual([])
    expect(await isOnline(ann.at(after), direct)).toBe(false)
    for (let n = 0; n < 2; n++) await ben.at(after).connect()
    expect(await refusal(ben.at(after).connect())).toBe(429)
    expect(await isOnline(ann.at(after), direct)).toBe(true)
  },
)

test(
  '[W11] a server whose lock is lost takes it again, and its sockets stay',
  patient,
  async () => {
    await using database = await createTestDatabase()
    await using dir = await makeTempDir()
    await using observer = await Observer.of(database)
    await using running = startServer(database, dir.path)
    const server = await running.ready()
    const user = await TestUser.register(server, 'ann')
    await using socket = await user.connect()
    // As when the database is started again: all its sessions end.
    const before = (await pidOfLock(observer))!
    await observer.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`,
    )
    await untilLockedAgain(observer, before)
    expect(await socket.ask({ action: 'heads' })).toMatchObject({ type: 'heads' })
  },
)

test(
  '[W11] a server whose database another one has taken over ends, and says so',
  patient,
  async () => {
    await using database = await createTestDatabase()
    await using dir = await makeTempDir()
    await using observer = await Observer.of(database)
    await using running = startServer(database, dir.path)
    await running.ready()
    await using _ = await waitInLine(database, observer)
    await observer.query(`select pg_terminate_backend(pid) ${ourSession}`)
    expect(await running.exit).toMatchObject({
      code: 1,
      stderr: [
        'another server has taken over this database while this one had lost its connection: run one server for each database',
      ],
    })
  },
)

/** Stands before the database as a network does, which can be cut in the middle. */
async function startRelay({ connection }: TestDatabase) {
  const pairs: { readonly near: Socket; readonly far: Socket }[] = []
  const relay = createServer((near) => {
    const far = connect(`${connection.host}/.s.PGSQL.${connection.port}`)
    for (const socket of [near, far]) socket.on('error', () => undefined)
    near.on('data', (data) => far.write(data))
    far.on('data', (data) => near.write(data))
    pairs.push({ near, far })
  })
  relay.listen(0, '127.0.0.1')
  await once(relay, 'listening')
  const address = relay.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const config: PoolConfig = { ...connection, host: '127.0.0.1', port: address.port }
  return {
    config,
    /** The client sees it; the database does not. */
    cut: () => {
      for (const { near } of pairs) near.destroy()
    },
    async [Symbol.asyncDispose]() {
      relay.close()
      for (const { near, far } of pairs) for (const socket of [near, far]) socket.destroy()
      await once(relay, 'close')
    },
  }
}

test('[W11] a server takes its lock from a session of its own that the database still has', async () => {
  await using database = await createTestDatabase()
  await using observer = await Observer.of(database)
  await using relay = await startRelay(database)
  const log = collectLog()
  await using lock = await lockDatabase(relay.config, log)
  const before = (await pidOfLock(observer))!
  relay.cut()
  await untilLockedAgain(observer, before)
  await expect.poll(() => log.lines).toMatchObject([{ level: 'warn' }])
  expect(await Promise.race([lock.lost, Promise.resolve('kept')])).toBe('kept')
})

test('[W11] a server that stops while its database does not answer ends at once', async () => {
  await using database = await createTestDatabase()
  const log = collectLog()
  const relay = await startRelay(database)
  const lock = await lockDatabase(relay.config, log)
  await relay[Symbol.asyncDispose]()
  await expect.poll(() => log.lines).toMatchObject([{ level: 'info' }])
  await lock[Symbol.asyncDispose]()
})
