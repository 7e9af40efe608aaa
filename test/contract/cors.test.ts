/** [C9] Only pages of ALLOWED_ORIGINS may call the API. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Answer } from '../support/api-client.ts'
import { startTestServer, type TestServer } from '../support/chat-server.ts'
import type { TestUser } from '../support/test-user.ts'
import { callRoute, makeScene, pathOf, routes, type Scene, titled } from '../support/routes.ts'
import { problemOf } from '../support/answers.ts'
import { whileDatabaseFails } from '../support/watch-database.ts'

const allowedOrigins = [
  'https://chat.example.org',
  'http://localhost:5173',
  'capacitor://localhost',
  'ionic://localhost',
  'tauri://localhost',
  'http://tauri.localhost',
]
const [origin] = allowedOrigins as [string]

let server: TestServer
let scene: Scene
let user: TestUser
beforeAll(async () => {
  server = await startTestServer({ allowedOrigins })
  scene = await makeScene(server)
  user = scene.caller
})
afterAll(() => server[Symbol.asyncDispose]())

/** The request that a browser makes before a request that a simple form could not make. */
async function preflight(path: string, from: string, method = 'POST', on = server) {
  return await on.call('OPTIONS', path, undefined, undefined, {
    Origin: from,
    'Access-Control-Request-Method': method,
    'Access-Control-Request-Headers': 'authorization,content-type',
  })
}

/** Returns the headers of an answer that concern origins. */
function corsOf({ headers }: Answer) {
  return Object.fromEntries(
    [...headers].filter(([name]) => name.startsWith('access-control-') || name === 'vary'),
  )
}

async function ask(method: string, path: string, body?: unknown, headers = {}, by = user) {
  return await server.call(method, path, body, by.access, { Origin: origin, ...headers })
}

const exposed =
  'Retry-After,RateLimit-Limit,RateLimit-Remaining,RateLimit-Reset,WWW-Authenticate,X-Request-Id'

function expectReadable(answer: Answer, from = origin): void {
  expect(corsOf(answer)).toEqual({
    'access-control-allow-origin': from,
    'access-control-expose-headers': exposed,
    vary: 'Origin',
  })
}

describe('[C9] of an allowed origin', () => {
  test.each(allowedOrigins)('[C9] %s may ask, and reads the answer', async (from) => {
    const asked = await preflight('/api/rooms/', from)
    expect([asked.status, asked.text]).toEqual([204, ''])
    expect(corsOf(asked)).toEqual({
      'access-control-allow-origin': from,
      'access-control-allow-methods': 'GET,HEAD,POST,PUT,PATCH,DELETE',
      'access-control-allow-headers': 'Authorization,Content-Type',
      'access-control-max-age': '7200',
      'access-control-expose-headers': exposed,
      vary: 'Origin, Access-Control-Request-Headers',
    })
    const answer = await server.call('GET', '/api/rooms/', undefined, user.access, { Origin: from })
    expect(answer.status).toBe(200)
    expectReadable(answer, from)
  })

  test.each(titled(routes))('[C9] $name may be called', async ({ route }) => {
    const own = await makeScene(server)
    const asked = await preflight(pathOf(route, own), origin, route.method)
    expect(asked.status).toBe(204)
    expect(asked.headers.get('access-control-allow-methods')?.split(',')).toContain(route.method)
    const called = {
      ...own.server,
      call: (...[method, path, body, token]: Parameters<TestServer['call']>) =>
        server.call(method, path, body, token, { Origin: origin }),
    }
    const answer = await callRoute(route, { ...own, server: called })
    expect(answer.status).toBe(route.status)
    expectReadable(answer)
  })

  test('[C9] a preflight costs no statement, and needs no token', async () => {
    const before = server.statements.length
    for (const path of ['/api/rooms/1/', '/api/login', '/api/nothing/', '/api/x/..%2flogin']) {
      expect((await preflight(path, origin, 'PATCH')).status).toBe(204)
    }
    expect(server.statements.slice(before)).toEqual([])
  })

  test('[C9] a page can read every refusal', async () => {
    const wrong = { Authorization: 'Bearer nonsense' }
    const encoded = { 'Content-Encoding': 'gzip' }
    const message = `/api/messages/${scene.room}/${scene.message}/`
    const refused: [expected: string, call: () => Promise<Answer>][] = [
      ['400 bad_request', () => ask('POST', '/api/rooms/', '{')],
      ['400 bad_request', () => ask('POST', '/api/%ff/')],
      ['401 unauthenticated', () => ask('GET', '/api/rooms/', undefined, wrong)],
      ['403 forbidden', () => ask('PATCH', message, { message: 'x' }, {}, scene.member)],
      ['404 not_found', () => ask('GET', '/api/nothing/')],
      ['404 not_found', () => ask('GET', '/api/rooms/999999/')],
      ['405 method_not_allowed', () => ask('PATCH', '/api/login/')],
      ['413 too_large', () => ask('POST', '/api/rooms/', 'x'.repeat(70_000))],
      ['415 unsupported_media_type', () => ask('POST', '/api/rooms/', '{}', encoded)],
      ['503 unavailable', () => whileDatabaseFails(server, () => ask('GET', '/api/rooms/'))],
    ]
    for (const [expected, call] of refused) {
      const answer = await call()
      expect(problemOf(answer)).toBe(expected)
      expectReadable(answer)
    }
  })

  test('[C3, C9] a page can read what the gateway itself refuses', async () => {
    const httpLimits = {
      payloadBytes: 100,
      headerBytes: 2_000,
      requestBurst: 3,
      requestsPerSecond: 0,
    }
    await using gateway = await startTestServer({ allowedOrigins, httpLimits })
    const call = async (method: string, body?: string, more = {}, from = origin) =>
      await gateway.call(method, '/api/login/', body, undefined, { Origin: from, ...more })
    const answers = [
      await call('GET', undefined, { 'X-Long': 'x'.repeat(2_000) }),
      await call('POST', 'x'.repeat(200)),
      await call('GET'),
      await call('GET'),
      await call('GET'),
    ]
    expect(answers.map(({ status }) => status)).toEqual([431, 413, 405, 405, 429])
    for (const answer of answers) expectReadable(answer)
    const other = await call('GET', undefined, {}, 'https://evil.example')
    expect([other.status, corsOf(other)]).toEqual([429, { vary: 'Origin' }])
    const page = await fetch(`${gateway.url}/api/docs/`, { headers: { Origin: origin } })
    expect(page.headers.get('access-control-allow-origin')).toBeNull()
  })

  test('[C3, C9] a page can read that its address has too many connections', async () => {
    const connectionLimits = { perAddress: 0 }
    await using full = await startTestServer({ allowedOrigins, trustProxy: true, connectionLimits })
    const answer = await full.call('GET', '/api/health/', undefined, undefined, { Origin: origin })
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '10'])
    expectReadable(answer)
  })

  test('[C6, C9] a page reads in a 429 when to try again', async () => {
    const limits = { refreshes: { count: 1, seconds: 60 } }
    await using limited = await startTestServer({ allowedOrigins, limits })
    const refresh = () =>
      limited.call('POST', '/api/token/refresh/', { refresh: 'x' }, undefined, { Origin: origin })
    await refresh()
    const over = await refresh()
    expect(problemOf(over)).toBe('429 rate_limited')
    expectReadable(over)
    const names = exposed.toLowerCase().split(',')
    for (const name of ['retry-after', 'ratelimit-limit', 'ratelimit-reset', 'x-request-id']) {
      expect(names).toContain(name)
      expect(over.headers.get(name)).not.toBeNull()
    }
  })
})

describe('[C9] of other origins', () => {
  const others = [
    'https://evil.example',
    'http://chat.example.org',
    'https://chat.example.org:8443',
    'https://chat.example.org.evil.example',
    'https://chat.example.or',
    'https://CHAT.example.org',
    'https://chat.example.org/',
    'tauri://localhost.evil.example',
    'http://localhost',
    'https://chat.example.org, https://evil.example',
    '*',
    'null',
    'nonsense',
  ]

  test.each(others)('[C9] %s is allowed nothing', async (from) => {
    const answers = [
      await preflight('/api/rooms/', from),
      await server.call('GET', '/api/rooms/', undefined, user.access, { Origin: from }),
      await server.call('GET', '/api/nothing/', undefined, undefined, { Origin: from }),
    ]
    expect(answers.map(({ status }) => status)).toEqual([204, 200, 404])
    for (const { headers } of answers) {
      expect(headers.get('access-control-allow-origin')).toBeNull()
      expect(headers.get('access-control-allow-credentials')).toBeNull()
      // A cached answer for one origin must not serve another.
      expect(headers.get('vary')).toContain('Origin')
    }
  })

  test('[C9] a request without an Origin is answered as usual', async () => {
    const answer = await user.get('/api/rooms/')
    expect(answer.status).toBe(200)
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
    expect(answer.headers.get('vary')).toBe('Origin')
    const asked = await server.call('OPTIONS', '/api/login/')
    expect([asked.status, asked.headers.get('allow'), corsOf(asked)]).toEqual([
      204,
      'POST, OPTIONS',
      { vary: 'Origin' },
    ])
  })

  test('[C9] no page is allowed anything when ALLOWED_ORIGINS is not set', async () => {
    await using closed = await startTestServer()
    for (const from of [origin, closed.url, 'null']) {
      const asked = await preflight('/api/login/', from, 'POST', closed)
      expect([asked.status, asked.headers.get('allow'), corsOf(asked)]).toEqual([
        204,
        'POST, OPTIONS',
        {},
      ])
      const answer = await closed.call('GET', '/api/health/', undefined, undefined, {
        Origin: from,
      })
      expect([answer.status, corsOf(answer)]).toEqual([200, {}])
    }
  })

  test('[C9] the admin’s pages accept no other origin', async () => {
    const admin = `http://127.0.0.1:${server.running.adminPort}/admin/sign-in/`
    for (const method of ['GET', 'OPTIONS']) {
      const headers = { Origin: origin, 'Access-Control-Request-Method': 'POST' }
      const answer = await fetch(admin, { method, headers })
      expect(answer.ok).toBe(true)
      expect([...answer.headers].filter(([name]) => name.startsWith('access-control'))).toEqual([])
    }
  })
})
