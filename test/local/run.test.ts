import { once } from 'node:events'
import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { expect, inject, test } from 'vitest'
import { processStartedAt } from '../../src/local/machine/process-info.ts'
import { runCommand, startCommand } from '../support/command.ts'
import { createEmptyDatabase, inEncoding } from '../support/empty-database.ts'
import { makeTempDir } from '../support/temp-dir.ts'

const anyPorts = ['--port', '0', '--admin-port', '0']

const adminLine = /^its admin pages are on (http:\/\/localhost:\d+\/admin)$/
const addressLine = /^Quick Connect is on (http:\/\/localhost:\d+)$/

async function postmasterOf(dataDir: string): Promise<number> {
  return Number.parseInt(await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8'), 10)
}

async function post(url: string, body: object): Promise<number> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  await answer.text()
  return answer.status
}

/** A server that accepts connections and sends nothing. */
async function listenSilently(): Promise<AsyncDisposable & { readonly port: number }> {
  const server: Server = createServer((socket) => socket.resume())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address: AddressInfo | string | null = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    port: address.port,
    async [Symbol.asyncDispose]() {
      server.close()
      await once(server, 'close')
    },
  }
}

test('starts from nothing, serves, stops on Ctrl-C, and has its data and keys at the next start', async () => {
  await using dir = await makeTempDir()
  const dataDir = join(dir.path, 'data')
  const args = [...anyPorts, '--data-dir', dataDir]
  const account = { username: 'ada', password: 'a long enough secret', email: 'ada@example.org' }

  await using first = startCommand('run.sh', args)
  const [, url] = await first.line(addressLine)
  expect((await fetch(`${url}/api/health/`)).status).toBe(200)
  const [, adminUrl] = await first.line(adminLine)
  expect(await (await fetch(adminUrl!)).text()).toContain('<title>Sign in')
  expect(await post(`${url}/api/register/`, account)).toBe(201)
  const keys = await readFile(join(dataDir, 'jwt-keys.json'), 'utf8')
  const postmaster = await postmasterOf(dataDir)
  expect(await runCommand('run.sh', args)).toEqual({
    code: 1,
    stdout: [],
    stderr: [
      `the data directory ${dataDir} is in use by process ${first.pid}: stop it, or choose another with --data-dir`,
    ],
  })
  first.kill('SIGINT')
  const { code, stdout, stderr } = await first.exit
  expect({ code, stderr }).toEqual({ code: 0, stderr: [] })
  expect(stdout).toEqual([
    `starting PostgreSQL 17 (data in ${dataDir})…`,
    expect.stringMatching(/^database ready \(\d+\.\d s\)$/),
    expect.stringMatching(/^migrated: 0001-tables, (.*, )?functions$/),
    expect.stringMatching(addressLine),
    expect.stringMatching(adminLine),
    'press Ctrl-C to stop',
    'stopping…',
  ])
  expect(await processStartedAt(postmaster)).toBeUndefined()

  await using second = startCommand('run.sh', args)
  const [, again] = await second.line(addressLine)
  expect(await post(`${again}/api/login/`, account)).toBe(200)
  expect(await readFile(join(dataDir, 'jwt-keys.json'), 'utf8')).toBe(keys)
  second.kill('SIGTERM')
  expect(await second.exit).toMatchObject({ code: 0, stderr: [] })
  expect((await second.exit).stdout).toContain('schema up to date')
})

test('migrates its database', async () => {
  await using dir = await makeTempDir()
  const args = ['--data-dir', dir.path]
  const first = await runCommand('migrate.sh', args)
  expect(first).toMatchObject({ code: 0, stderr: [] })
  expect(first.stdout.at(-1)).toMatch(/^migrated: 0001-tables, (.*, )?functions$/)
  const second = await runCommand('migrate.sh', args)
  expect(second).toMatchObject({ code: 0, stderr: [] })
  expect(second.stdout.at(-1)).toBe('schema up to date')
})

test('restarts its killed database, and ends when it cannot', async () => {
  await using dir = await makeTempDir()
  await using run = startCommand('run.sh', [...anyPorts, '--data-dir', dir.path])
  const [, url] = await run.line(addressLine)
  const killed = await postmasterOf(dir.path)
  process.kill(killed, 'SIGKILL')
  await run.line(/^PostgreSQL ended by itself \(see .*postgres\.log\), and is started again…$/)
  await run.line(/^PostgreSQL is ready again$/)
  const account = { username: 'ada', password: 'a long enough secret', email: 'ada@example.org' }
  expect(await post(`${url}/api/register/`, account)).toBe(201)

  await appendFile(join(dir.path, 'postgres', 'postgresql.conf'), `shared_buffers = 'plenty'\n`)
  process.kill(await postmasterOf(dir.path), 'SIGKILL')
  const { code, stderr } = await run.exit
  expect(code).toBe(1)
  // A warning may come before it: the connection of the server's lock broke.
  expect(stderr.at(-1)).toMatch(
    /^PostgreSQL has stopped, and cannot be started again: PostgreSQL did not start/,
  )
})

test('reports a taken port before it starts anything', async () => {
  await using dir = await makeTempDir()
  await using other = await listenSilently()
  const data = ['--data-dir', join(dir.path, 'data')]
  for (const [option, free] of [
    ['--port', '--admin-port'],
    ['--admin-port', '--port'],
  ] as const) {
    const args = [option, String(other.port), free, '0', ...data]
    expect(await runCommand('run.sh', args)).toEqual({
      code: 1,
      stdout: [],
      stderr: [
        `port ${other.port} on 127.0.0.1 is taken: stop what listens there, or choose another with ${option}`,
      ],
    })
  }
})

test('reports a host that is not of this machine', async () => {
  expect(await runCommand('run.sh', [...anyPorts, '--host', '192.0.2.1'])).toEqual({
    code: 1,
    stdout: [],
    stderr: [
      '192.0.2.1 is not an address of this machine: choose another with --host, such as 127.0.0.1',
    ],
  })
})

test('reports a wrong option', async () => {
  expect(await runCommand('run.sh', ['--prot', '1'])).toEqual({
    code: 2,
    stdout: [],
    stderr: ["unknown option '--prot': see --help"],
  })
})

test('reports an origin that no browser sends, before it starts anything', async () => {
  for (const origin of ['*', 'https://*.example.org', 'chat.example.org', 'null']) {
    const env = { ALLOWED_ORIGINS: `tauri://localhost,${origin}` }
    expect(await runCommand('run.sh', [...anyPorts], env)).toEqual({
      code: 2,
      stdout: [],
      stderr: [expect.stringMatching(/^ALLOWED_ORIGINS has '.*': give origins as browsers send/)],
    })
  }
})

test.for(['run.sh', 'migrate.sh', 'build.sh', 'test.sh'])('explains %s', async (script) => {
  const { code, stdout, stderr } = await runCommand(script, ['--help'])
  expect({ code, stderr }).toEqual({ code: 0, stderr: [] })
  expect(stdout.length).toBeGreaterThan(3)
})

test('reports an unreachable database, without its password', async () => {
  let port: number
  {
    await using closed = await listenSilently()
    port = closed.port
  }
  const url = `postgresql://u:secret@127.0.0.1:${port}/d`
  expect(await runCommand('run.sh', [...anyPorts, '--database-url', url])).toEqual({
    code: 1,
    stdout: [`using database d on 127.0.0.1:${port}`],
    stderr: [
      `the database server on 127.0.0.1:${port} does not answer (connect ECONNREFUSED 127.0.0.1:${port}): start it, or correct the database's address`,
    ],
  })
})

// It waits while the next test works.
test.concurrent('waits for a silent database for at most 5 s', async () => {
  await using silent = await listenSilently()
  const url = `postgresql://u:secret@127.0.0.1:${silent.port}/d`
  const { code, stderr } = await runCommand('run.sh', [...anyPorts], { DATABASE_URL: url })
  expect(code).toBe(1)
  expect(stderr).toEqual([
    `the database server on 127.0.0.1:${silent.port} does not answer (timeout expired): start it, or correct the database's address`,
  ])
})

test.concurrent('reports a wrong password and a missing database', async () => {
  await using dir = await makeTempDir()
  const file = join(dir.path, 'password')
  const { host, user, password } = inject('postgres')
  const env = { POSTGRES_HOST: host, POSTGRES_USER: user, POSTGRES_PASSWORD: password }
  const wrong = await runCommand('run.sh', [...anyPorts], { ...env, POSTGRES_PASSWORD: 'wrong' })
  expect(wrong).toMatchObject({
    code: 1,
    stderr: [
      `the database server on ${host}:5432 refuses user ${user}: check user and password in the database's address`,
    ],
  })
  const noDatabase = {
    code: 1,
    stderr: [
      `the database server on ${host}:5432 has no database nowhere: create it (createdb nowhere), or correct the database's address`,
    ],
  }
  const missing = await runCommand('run.sh', [...anyPorts], { ...env, POSTGRES_DB: 'nowhere' })
  expect(missing).toMatchObject(noDatabase)

  await writeFile(file, `${password}\n`)
  const inFile = { ...env, POSTGRES_PASSWORD: '', POSTGRES_PASSWORD_FILE: file }
  const read = await runCommand('run.sh', [...anyPorts], { ...inFile, POSTGRES_DB: 'nowhere' })
  expect(read).toMatchObject(noDatabase)
})

test.each(['run.sh', 'migrate.sh'])(
  '%s refuses a database with another encoding in one line, and does not change it',
  async (command) => {
    await using empty = await createEmptyDatabase(inEncoding('SQL_ASCII'))
    const { host, user, password, database } = empty.connection
    const refused = await runCommand(command, command === 'run.sh' ? anyPorts : [], {
      POSTGRES_HOST: host,
      POSTGRES_USER: user,
      POSTGRES_PASSWORD: password,
      POSTGRES_DB: database,
    })
    expect(refused).toMatchObject({
      code: 1,
      stderr: [
        'this database has the encoding SQL_ASCII: give one with UTF8 (createdb --encoding UTF8 --template template0 <name>)',
      ],
    })
    expect(
      await empty.query(`select from pg_class where relnamespace = 'public'::regnamespace`),
    ).toEqual([])
  },
)
