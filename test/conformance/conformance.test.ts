import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, describe, expect, test } from 'vitest'
import { WebSocketServer } from 'ws'
import { readLimits } from '../../functions/env.ts'
import { checks, partsThatCannotBeTried, ruleTitles } from '../../scripts/conformance/checks.ts'
import { readArguments, UsageError } from '../../scripts/conformance/conformance.ts'
import { exitCodeOf, type RunReport, runConformance } from '../../scripts/conformance/run.ts'
import { projectRoot } from '../../src/local/project-root.ts'
import { startTestServer, type TestServer } from '../support/chat-server.ts'
import { openDatabase } from '../support/watch-database.ts'
import { type Fault, startFaultyServer } from './faulty-server.ts'

const origin = 'https://chat.example.org'
/** The settings of run.sh, except that all runs of this file come from one address. */
const registrations = { count: 1_000, seconds: 3_600 }
const loginsPerAddress = { count: 1_000, seconds: 60 }
const server = await startTestServer({
  limits: { ...readLimits({}), registrations, loginsPerAddress },
  allowedOrigins: [origin],
})
afterAll(() => server[Symbol.asyncDispose]())

const verdicts = ({ rules }: RunReport) =>
  Object.fromEntries(rules.map(({ rule, verdict }) => [rule, verdict]))

/** Returns what does not hold, in words, for a failed test. */
const faults = ({ rules }: RunReport) =>
  rules.flatMap(({ rule, checks }) =>
    checks
      .filter(({ verdict }) => verdict !== 'holds')
      .map(
        ({ title, expected, seen, why }) =>
          `${rule} ${title}: ${why ?? `${expected}, but ${seen}`}`,
      ),
  )

async function leftOn(server: TestServer): Promise<unknown> {
  await using opened = await openDatabase(server)
  const [left] = await opened.execute(
    `select (select count(*)::int from users where deleted_at is null) as users,
            (select count(*)::int from rooms where deleted_at is null) as rooms`,
  )
  return left
}

const nothing = { users: 0, rooms: 0 }

test('every rule of docs/protocol.md has a check, or a reason why it has none', async () => {
  const text = await readFile(join(projectRoot, 'docs/protocol.md'), 'utf8')
  const ids = Array.from(text.matchAll(/^ *- \*\*([A-Z]\d+(?:\.\d+)?)\*\*/gm), ([, id]) => id!)
  const rules = ids.filter((id) => !id.includes('.'))
  expect(Object.keys(ruleTitles)).toEqual(rules)
  const tried = new Set(checks.map(({ rule }) => rule))
  for (const rule of tried) expect(rules).toContain(rule)
  for (const id of Object.keys(partsThatCannotBeTried)) expect(ids).toContain(id)
  expect(rules.filter((rule) => !tried.has(rule) && !partsThatCannotBeTried[rule])).toEqual([])
})

test('docs/conformance.md says for each rule what cannot be tried', async () => {
  const text = await readFile(join(projectRoot, 'docs/conformance.md'), 'utf8')
  const rows = Array.from(
    text.matchAll(/^\| ([A-Z]\d+(?:\.\d+)?) \| (.*) \|$/gm),
    ([, rule, why]) => [rule, why],
  )
  expect(rows).toEqual(
    Object.entries(partsThatCannotBeTried).map(([rule, why]) => [rule, why.join(' ')]),
  )
})

test('all rules hold on a real server, and nothing is left on it', async () => {
  const report = await runConformance({ url: server.url, origin, quietMs: 30 })
  expect(faults(report)).toEqual([])
  const expected = Object.fromEntries(Object.keys(ruleTitles).map((rule) => [rule, 'holds']))
  expect(verdicts(report)).toEqual({
    ...expected,
    R8: 'could not be tried',
    R9: 'could not be tried',
    N3: 'could not be tried',
    S2: 'could not be tried',
    S3: 'could not be tried',
  })
  expect(report.cleanedUp).toMatchObject({ left: [] })
  expect(exitCodeOf(report)).toBe(0)
  expect(await leftOn(server)).toEqual(nothing)
}, 120_000)

/** The checks that do not need hundreds of messages. */
const quickChecks = checks.filter(({ title }) => !/300 events|512 KB|256 KB/.test(title))

interface Defect {
  readonly name: string
  readonly fault: Fault
  /** The rules that the run must find broken. */
  readonly broken: readonly string[]
  /** Rules that hold nevertheless. */
  readonly whole: readonly string[]
}

let dropped = 0
const defects: readonly Defect[] = [
  {
    name: 'doubles messages on sockets',
    fault: { push: (frame) => (frame.type === 'message' ? [frame, frame] : [frame]) },
    broken: ['M2'],
    whole: ['M4'],
  },
  {
    name: 'drops acks',
    fault: { push: (frame) => (frame.type === 'ack' ? [] : [frame]) },
    broken: ['W5'],
    whole: ['W11'],
  },
  {
    name: 'drops each fifth event',
    fault: { push: (frame) => (Number.isInteger(frame.seq) && ++dropped % 5 === 0 ? [] : [frame]) },
    broken: ['W4'],
    whole: ['M6'],
  },
  {
    name: 'answers 403 where a room is not to be seen',
    fault: {
      answer: (_, path, { status, body }) =>
        status === 404 && /rooms\/\d{1,6}\//.test(path)
          ? { status: 403, body: { ...body, status: 403, code: 'forbidden' } }
          : { status, body },
    },
    broken: ['C7', 'R4'],
    whole: ['C4'],
  },
  {
    name: 'forgets client_id',
    fault: {
      request: (_, path, body) =>
        path === '/api/messages/' ? { ...body, client_id: undefined } : body,
    },
    broken: ['M3', 'N1'],
    whole: ['M8'],
  },
  {
    name: 'forgets to say resync',
    fault: {
      push: (frame) => (frame.type === 'resync' ? [] : [frame]),
    },
    broken: ['W6'],
    whole: ['W7'],
  },
  {
    name: 'lets a time be without milliseconds, and an error without its code',
    fault: {
      answer: (_, __, { status, body }) => ({
        status,
        body: JSON.parse(
          JSON.stringify(body ?? null)
            .replace(/(:\d\d)\.\d{3}Z"/g, '$1Z"')
            .replace('"code"', '"kind"'),
        ) as unknown,
      }),
    },
    broken: ['C1', 'C3'],
    whole: ['C8'],
  },
]

test.each(defects)(
  'a server that $name is found, and cleaned up',
  async ({ fault, broken, whole }) => {
    await using faulty = await startFaultyServer(server.url, fault)
    const report = await runConformance({
      url: faulty.url,
      frameMs: 1_500,
      only: [...broken, ...whole],
      checks: quickChecks,
      quietMs: 30,
    })
    expect(verdicts(report)).toEqual({
      ...Object.fromEntries(broken.map((rule) => [rule, 'does not hold'])),
      ...Object.fromEntries(whole.map((rule) => [rule, 'holds'])),
    })
    expect(exitCodeOf(report)).toBe(1)
    expect(report.cleanedUp.left).toEqual([])
    expect(await leftOn(server)).toEqual(nothing)
  },
)

test('what cannot be deleted is named', async () => {
  const made: { username: string; password: string }[] = []
  const fault: Fault = {
    request: (method, path, body) => {
      if (path === '/api/register/') made.push(body)
      // So the account is not deleted.
      return method === 'DELETE' && path === '/api/users/me/' ? { password: 'wrong' } : body
    },
  }
  await using faulty = await startFaultyServer(server.url, fault)
  const report = await runConformance({ url: faulty.url, only: ['M4'] })
  expect(verdicts(report)).toEqual({ M4: 'holds' })
  expect(report.cleanedUp.left).toEqual([
    `the account ${made[0]?.username}: expected 204, but saw 403 to each password that the account may have`,
  ])
  expect(exitCodeOf(report)).toBe(1)
  for (const { username, password } of made) {
    const { body } = await server.call('POST', '/api/login/', { username, password })
    await server.call('DELETE', '/api/users/me/', { password }, body.access)
  }
})

test('an interrupted run is cleaned up', async () => {
  const interrupt = new AbortController()
  const report = await runConformance({
    url: server.url,
    only: ['C1', 'R2', 'M5', 'W6'],
    interrupt: interrupt.signal,
    onRule: ({ rule }) => rule === 'R2' && interrupt.abort(),
  })
  expect(verdicts(report)).toEqual({
    C1: 'holds',
    R2: 'holds',
    M5: 'could not be tried',
    W6: 'could not be tried',
  })
  expect(exitCodeOf(report)).toBe(1)
  expect(report.cleanedUp).toMatchObject({ left: [] })
  expect(await leftOn(server)).toEqual(nothing)
})

test('a run waits as a rate limit asks, but not longer than a bound', async () => {
  // The second user of a run has to wait for one second.
  const limits = { ...readLimits({}), registrations: { count: 1, seconds: 1 } }
  await using limited = await startTestServer({ limits })
  const waits: string[] = []
  const only = ['C2']
  const patient = await runConformance({
    url: limited.url,
    only,
    onWait: (text) => waits.push(text),
  })
  expect(faults(patient)).toEqual([])
  expect(waits).toContain('POST /api/register/: the rate limit asks for a wait of 1 s')
  const hasty = await runConformance({ url: limited.url, only, waitMs: 0 })
  expect(faults(hasty).join()).toMatch(
    /no user could be registered: a rate limit: POST \/api\/register\/ may be retried in 1 s/,
  )
  expect(await leftOn(limited)).toEqual(nothing)
})

/** Runs the command as a person would. */
async function run(args: string[], onLine?: (line: string, pid: number) => void) {
  const script = join(projectRoot, 'scripts/conformance/conformance.ts')
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const lines: string[] = []
  const errors: string[] = []
  createInterface(child.stdout).on('line', (line) => {
    lines.push(line)
    onLine?.(line, child.pid!)
  })
  createInterface(child.stderr).on('line', (line) => errors.push(line))
  await once(child, 'close')
  return { code: child.exitCode, lines, errors }
}

describe('the command', () => {
  test('exits with 2 and a reason when no server answers', async () => {
    const { code, errors } = await run(['http://127.0.0.1:1'])
    expect(code).toBe(2)
    expect(errors.join()).toMatch(
      /no server answers at http:\/\/127\.0\.0\.1:1 \(.*ECONNREFUSED.*\): start it, or correct the URL/,
    )
  })

  test('deletes what it made after Ctrl-C', async () => {
    const { code, lines, errors } = await run([server.url], (line, pid) => {
      if (line.startsWith('ok   C3')) process.kill(pid, 'SIGINT')
    })
    expect(code).toBe(1)
    expect(errors).toEqual([expect.stringContaining('stopping: deleting')])
    expect(lines.at(-1)).toMatch(/^deleted: [1-9] accounts, [1-9]\d* rooms$/)
    expect(lines.find((line) => line.includes(' W11 '))).toContain('could not be tried')
    expect(await leftOn(server)).toEqual(nothing)
  })

  test('gives a report as JSON', async () => {
    const { code, lines } = await run(['--json', '--only', 'c8', server.url])
    expect(code).toBe(0)
    expect(JSON.parse(lines.join('\n'))).toMatchObject({
      url: server.url,
      rules: [{ rule: 'C8', verdict: 'holds', checks: [{ verdict: 'holds' }] }],
      cleanedUp: { accounts: 0, rooms: 0, left: [] },
    })
  })
})

/** Starts a server that answers as `listener` does, and sends `frame` on each socket. */
async function serveNonsense(listener: RequestListener, frame?: string) {
  const nonsense = createServer(listener)
  const sockets = new WebSocketServer({ server: nonsense })
  sockets.on('connection', (socket) => frame !== undefined && socket.send(frame))
  nonsense.listen(0, '127.0.0.1')
  await once(nonsense, 'listening')
  return {
    url: `http://127.0.0.1:${(nonsense.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const client of sockets.clients) client.terminate()
      nonsense.closeAllConnections()
      nonsense.close()
      await once(nonsense, 'close')
    },
  }
}

describe('something that is not this server', () => {
  const user = {
    id: 1,
    username: 'x',
    display_name: null,
    email: '',
    bio: '',
    read_receipts: true,
    is_admin: false,
    created_at: '2026-01-01T00:00:00.000Z',
  }
  const answers: [string, RequestListener, string?][] = [
    [
      'HTML',
      (_, response) => response.setHeader('Content-Type', 'text/html').end('<html>Hello</html>'),
    ],
    [
      'JSON of another form',
      (_, response) =>
        response.setHeader('Content-Type', 'application/json').end('{"results": null}'),
    ],
    [
      'users, and nonsense after that',
      (request, response) => {
        request.resume()
        response.statusCode = request.url === '/api/register/' ? 201 : 200
        response.setHeader('Content-Type', 'application/json')
        response.end(
          request.url === '/api/register/'
            ? JSON.stringify({ user, access: 'a.b.c', refresh: 'r' })
            : '[[null]]',
        )
      },
      '[null, 7, {"type": {}}]',
    ],
    ['nothing', () => undefined],
    ['a cut connection', (request) => request.socket.destroy()],
    ['500', (_, response) => response.writeHead(500).end()],
    ['a redirection', (_, response) => response.writeHead(302, { Location: '/elsewhere' }).end()],
  ]

  test.each(answers)('that answers %s is reported, without a crash', async (_, listener, frame) => {
    await using nonsense = await serveNonsense(listener, frame)
    const report = await runConformance({
      url: nonsense.url,
      answerMs: 100,
      frameMs: 100,
      waitMs: 0,
    })
    const holding = report.rules.filter(({ verdict }) => verdict === 'holds')
    expect(holding.map(({ rule }) => rule)).toEqual([])
    expect(exitCodeOf(report)).toBe(1)
  })
})

describe('the arguments', () => {
  test('are a URL, and rules if only some are checked', () => {
    const url = 'http://localhost:8000'
    const none = { only: undefined, json: false, origin: undefined }
    expect(readArguments([url])).toEqual({ ...none, url })
    expect(readArguments(['https://chat.example.org/', '--json'])).toMatchObject({
      url: 'https://chat.example.org',
      json: true,
    })
    expect(readArguments(['--only', 'm3, W5', url])).toEqual({ ...none, url, only: ['M3', 'W5'] })
    expect(readArguments(['--help'])).toBeNull()
  })

  test.each([
    [[], 'give the URL'],
    [['localhost:8000'], 'must begin with http:// or https://'],
    [['nonsense'], 'must begin with http:// or https://'],
    [['http://a', 'http://b'], 'give one URL'],
    [['http://a/api/'], 'without a path: http://a'],
    [['http://ana:secret@a'], 'remove the name and the password'],
    [['http://a', '--only', 'M3,X9'], 'there is no rule X9'],
    [['http://a', '--only', ''], 'there is no rule'],
    [['http://a', '--what'], '--what'],
  ])('%j are refused with a reason', (args, why) => {
    expect(() => readArguments(args)).toThrow(UsageError)
    expect(() => readArguments(args)).toThrow(why)
  })
})
