import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import { expect, test } from 'vitest'
import { keepPostgres } from '../../src/local/postgres/keep-postgres.ts'
import { processStartedAt } from '../../src/local/machine/process-info.ts'
import {
  type PostgresConnection,
  startEmbeddedPostgres,
} from '../../src/local/postgres/postgres.ts'
import { projectRoot } from '../../src/local/project-root.ts'
import { makeTempDir } from '../support/temp-dir.ts'

async function query(
  connection: PostgresConnection,
  statement: string,
): Promise<Record<string, unknown>[]> {
  const client = new Client(connection)
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows
  } finally {
    await client.end()
  }
}

function start(dataDir: string, log: (line: string) => void = () => {}) {
  return startEmbeddedPostgres({ dataDir, log, settings: { fsync: 'off' } })
}

/** Stops a process of PostgreSQL. It simulates a process that is too busy to notice the end of its postmaster. */
async function holdBackend(connection: PostgresConnection) {
  const client = new Client(connection)
  client.on('error', () => undefined)
  await client.connect()
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  const { pid } = rows[0]!
  process.kill(pid, 'SIGSTOP')
  return {
    async [Symbol.asyncDispose]() {
      try {
        process.kill(pid, 'SIGCONT')
      } catch {
        // It was ended.
      }
      await client.end().catch(() => undefined)
    },
  }
}

async function modeOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o777).toString(8)
}

async function postmasterOf(dataDir: string): Promise<number> {
  return Number.parseInt(await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8'), 10)
}

test('starts, stops, and has its data after the next start', async () => {
  await using dir = await makeTempDir()
  const dataDir = join(dir.path, 'made', 'data')
  const first = await start(dataDir)
  await query(first.connection, `create table t as select 'é' as text`)
  const pid = await postmasterOf(dataDir)
  await first.stop()
  await first.stop()
  expect(await processStartedAt(pid)).toBeUndefined()

  await using second = await start(dataDir)
  expect(await query(second.connection, 'select text from t')).toEqual([{ text: 'é' }])
})

test('listens on a private socket only, in UTF8 and UTC, for a user without rights over the machine', async () => {
  await using dir = await makeTempDir()
  await using postgres = await start(dir.path)
  const [row] = await query(
    postgres.connection,
    `select current_setting('listen_addresses') as listen, current_setting('timezone') as zone,
            current_setting('server_encoding') as encoding, usesuper as super
       from pg_user where usename = current_user`,
  )
  expect(row).toEqual({ listen: '', zone: 'UTC', encoding: 'UTF8', super: false })
  expect(await modeOf(postgres.connection.host)).toBe('700')
  await expect(query({ ...postgres.connection, password: 'wrong' }, 'select 1')).rejects.toThrow(
    'password authentication failed',
  )
})

test('hides its files from other users', async () => {
  await using dir = await makeTempDir()
  const dataDir = join(dir.path, 'data')
  const postgres = await start(dataDir)
  await postgres.stop()
  // When this runs as root, the group of the user who runs PostgreSQL may enter.
  expect(await modeOf(dataDir)).toBe(process.getuid?.() === 0 ? '710' : '700')
  expect(await modeOf(join(dataDir, 'postgres'))).toBe('700')
  expect(await modeOf(join(dataDir, 'postgres-password'))).toBe('600')
  expect(await modeOf(join(dataDir, 'postgres.log'))).toBe('600')
  expect((await readdir(dataDir)).toSorted()).toEqual([
    'postgres',
    'postgres-password',
    'postgres.log',
  ])
})

test('refuses a data directory that is in use', async () => {
  await using dir = await makeTempDir()
  await using postgres = await start(dir.path)
  await expect(start(dir.path)).rejects.toThrow(
    `the data directory ${dir.path} is in use by process ${process.pid}: stop it, or choose another with --data-dir`,
  )
  expect(await query(postgres.connection, 'select 1 as one')).toEqual([{ one: 1 }])
})

test('lets one of several concurrent starts win', async () => {
  await using dir = await makeTempDir()
  await writeFile(join(dir.path, 'lock'), '4194305 1\n')
  const starts = await Promise.allSettled([1, 2, 3].map(() => start(dir.path)))
  const won = starts.filter((result) => result.status === 'fulfilled')
  expect(won).toHaveLength(1)
  await won[0]?.value.stop()
})

test('stops the server that a killed process left behind', async () => {
  await using dir = await makeTempDir()
  const node = join(projectRoot, 'node_modules', '.bin', 'node')
  const script = join(import.meta.dirname, 'hold-postgres.ts')
  const owner = spawn(node, [script, dir.path], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(owner.stdout, 'data')
  const orphan = await postmasterOf(dir.path)
  await expect(start(dir.path)).rejects.toThrow(`in use by process ${owner.pid}:`)
  owner.kill('SIGKILL')
  await once(owner, 'exit')
  expect(await processStartedAt(orphan)).toBeDefined()

  const lines: string[] = []
  await using postgres = await start(dir.path, (line) => lines.push(line))
  expect(lines).toContain(`stopped process ${orphan}, left behind by a killed start`)
  expect(await processStartedAt(orphan)).toBeUndefined()
  expect(await query(postgres.connection, 'select 1 as one')).toEqual([{ one: 1 }])
})

test('restarts a killed PostgreSQL, with everything that was committed', async () => {
  await using dir = await makeTempDir()
  const again = Promise.withResolvers<void>()
  await using postgres = await start(dir.path, (line) => {
    if (line === 'PostgreSQL is ready again') again.resolve()
  })
  await query(postgres.connection, `create table t as select 'é' as text`)
  const killed = await postmasterOf(dir.path)
  process.kill(killed, 'SIGKILL')
  await Promise.race([again.promise, postgres.lost])
  expect(await query(postgres.connection, 'select text from t')).toEqual([{ text: 'é' }])
  const pid = await postmasterOf(dir.path)
  expect(pid).not.toBe(killed)
  await postgres.stop()
  expect(await processStartedAt(pid)).toBeUndefined()
})

test('says why a killed PostgreSQL does not start again', async () => {
  await using dir = await makeTempDir()
  await using postgres = await start(dir.path)
  await appendFile(join(dir.path, 'postgres', 'postgresql.conf'), `shared_buffers = 'plenty'\n`)
  process.kill(await postmasterOf(dir.path), 'SIGKILL')
  await expect(postgres.lost).rejects.toThrow(
    `PostgreSQL has stopped, and cannot be started again: PostgreSQL did not start (configuration file "${join(dir.path, 'postgres', 'postgresql.conf')}" contains errors): see ${join(dir.path, 'postgres.log')}`,
  )
})

test('gives up on a PostgreSQL that ends again and again', async () => {
  const ended = { pid: 1, exited: Promise.resolve(), stop: async () => undefined }
  let starts = 0
  const lines: string[] = []
  const kept = await keepPostgres(async () => (starts++, ended), {
    logFile: 'postgres.log',
    log: (line) => lines.push(line),
  })
  await expect(kept.lost).rejects.toThrow(
    'PostgreSQL has stopped 6 times within a minute: see postgres.log, then start again',
  )
  expect(starts).toBe(6)
  expect(lines).toHaveLength(10)
  await kept.stop()
})

test('stops a PostgreSQL that is just being restarted', async () => {
  const first = Promise.withResolvers<void>()
  const second = Promise.withResolvers<void>()
  const starting = Promise.withResolvers<void>()
  const may = Promise.withResolvers<void>()
  const ends = [first, second]
  let starts = 0
  const kept = await keepPostgres(
    async () => {
      const { promise, resolve } = ends[starts++]!
      if (starts === 2) {
        starting.resolve()
        await may.promise
      }
      return { pid: starts, exited: promise, stop: async () => resolve() }
    },
    { logFile: 'postgres.log', log: () => undefined },
  )
  first.resolve()
  await starting.promise
  const stopped = kept.stop()
  may.resolve()
  await stopped
  await second.promise
})

test('ends processes that a killed PostgreSQL has left, and that do not end by themselves', async () => {
  await using dir = await makeTempDir()
  const again = Promise.withResolvers<void>()
  await using postgres = await start(dir.path, (line) => {
    if (line === 'PostgreSQL is ready again') again.resolve()
  })
  await using _held = await holdBackend(postgres.connection)
  process.kill(await postmasterOf(dir.path), 'SIGKILL')
  const log = () => readFile(join(dir.path, 'postgres.log'), 'utf8')
  await expect.poll(log, { timeout: 20_000 }).toContain('pre-existing shared memory block')
  await Promise.race([again.promise, postgres.lost])
  expect(await query(postgres.connection, 'select 1 as one')).toEqual([{ one: 1 }])
})

test('is not misled by reused process ids', async () => {
  await using dir = await makeTempDir()
  await (await start(dir.path)).stop()
  await writeFile(join(dir.path, 'lock'), `${process.ppid} 1\n`)
  const postmasterFile = join(dir.path, 'postgres', 'postmaster.pid')
  await writeFile(postmasterFile, `${process.ppid}\n${join(dir.path, 'postgres')}\n`)
  await using postgres = await start(dir.path)
  expect(await query(postgres.connection, 'select 1 as one')).toEqual([{ one: 1 }])
  expect(await processStartedAt(process.ppid)).toBeDefined()
})

test('puts the socket into a short path when its own path is too long', async () => {
  await using dir = await makeTempDir()
  const dataDir = join(dir.path, 'd'.repeat(100))
  const postgres = await start(dataDir)
  const socket = postgres.connection.host
  expect(socket.startsWith(dataDir)).toBe(false)
  expect(await modeOf(socket)).toBe('700')
  await postgres.stop()
  await expect(stat(socket)).rejects.toThrow('ENOENT')
})

test('refuses a cluster of another version', async () => {
  await using dir = await makeTempDir()
  const cluster = join(dir.path, 'postgres')
  await mkdir(cluster)
  await writeFile(join(cluster, 'PG_VERSION'), '12\n')
  await expect(start(dir.path)).rejects.toThrow(
    /^the database in .* is of PostgreSQL 12, but PostgreSQL 17 is installed: /,
  )
})

test('replaces an incomplete cluster, and touches no unknown directory', async () => {
  await using dir = await makeTempDir()
  const cluster = join(dir.path, 'postgres')
  await mkdir(`${cluster}.new`)
  await writeFile(join(`${cluster}.new`, 'half'), 'made')
  await mkdir(cluster)
  await (await start(dir.path)).stop()
  await expect(stat(`${cluster}.new`)).rejects.toThrow('ENOENT')

  await using other = await makeTempDir()
  await mkdir(join(other.path, 'postgres'))
  await writeFile(join(other.path, 'postgres', 'diary.txt'), 'dear')
  await expect(start(other.path)).rejects.toThrow(
    'is not a PostgreSQL data directory, but contains diary.txt: move it away',
  )
  expect(await readFile(join(other.path, 'postgres', 'diary.txt'), 'utf8')).toBe('dear')
})

test('says why PostgreSQL did not start', async () => {
  await using dir = await makeTempDir()
  await expect(
    startEmbeddedPostgres({ dataDir: dir.path, settings: { shared_buffers: 'plenty' } }),
  ).rejects.toThrow(
    `PostgreSQL did not start (invalid value for parameter "shared_buffers": "plenty"): see ${join(dir.path, 'postgres.log')}`,
  )
  await (await start(dir.path)).stop()
})
