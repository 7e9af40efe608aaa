/** [C2] A route with a throttle of its own is reached by exactly one spelling of its path. */
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { admin } from '../../functions/admin/app.ts'
import { readLimits } from '../../functions/env.ts'
import { api } from '../../functions/http/app.ts'
import { isPlainPath } from '../../functions/http/plain-path.ts'
import { httpRoutes } from '../../functions/routes.ts'
import type { AdminRuntime, Runtime } from '../../functions/runtime.ts'
import { readPeer } from '../../functions/viewer.ts'
import { createProcessLimits } from '../../src/core/limits/process-limits.ts'
import { AdminBrowser, hiddenFields, makeAdmin } from '../support/admin-browser.ts'
import { startTestServer, type TestServer } from '../support/chat-server.ts'
import { collectLog } from '../support/collect-log.ts'
import { httpEvent } from '../support/http-event.ts'
import { testPassword } from '../support/test-user.ts'

/** The part after `/api/` or `/admin/`. Without the check each of these would reach the operation `word`. */
const spellings = (word: string): string[] => [
  `x/..%2f${word}`,
  `x/..%2F${word}/`,
  `x/../${word}`,
  `x/%2e%2e/${word}`,
  `x/.%2E/${word}`,
  `x%5c..%5c${word}`,
  `x%2f..%2f${word}`,
  `./${word}`,
  `%2e/${word}`,
  `${word}/.`,
  `${word}/%2e`,
  `${word}/x/..`,
  `${word}/x/%2E%2e/`,
  `${word}%5c`,
  `${word}%09`,
  `%09${word}`,
  ...['%09', '%0a', '%0D', '%0d%0A'].map((end) => `${word.slice(0, 3)}${end}${word.slice(3)}`),
  // Encoded twice.
  `%25${hexOf(word[0]!)}${word.slice(1)}`,
  `x/..%252f${word}`,
  `x/%252e%252e/${word}`,
  `${word}%2520`,
]

/** Spellings for the other check: the path is plain, but comes by a route without a throttle. */
const withSlashes = (word: string): string[] => [`${word}//`, `${word}%2f`, `${word}%2F`]

/** Paths that never meant the operation `word`. */
const others = (word: string): string[] => [
  `/${word}`,
  `${word}/x`,
  `${word};x=1`,
  `${word}%00`,
  `${word}%1f`,
  `${word}%20`,
  `${word}%23x`,
  `${word}%E2%80%8B`,
  word.toUpperCase(),
  `x/%E2%80%A5/${word}`,
]

/** The parts of random paths. */
const parts =
  'login register log in x / // . .. % %2e %2E %2f %5c \\ %09 %0a %20 %25 %252e %00 %23 %3f ; %6c %ff'.split(
    ' ',
  )

function fail(message: string): never {
  throw new Error(message)
}

function hexOf(letter: string): string {
  return letter.charCodeAt(0).toString(16)
}

/** Posts with an unchanged path. `fetch` would normalize it. */
async function post(
  port: number,
  path: string,
  body: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string }> {
  const sent = request({ host: '127.0.0.1', port, path, method: 'POST', headers })
  const [response] = (await once(sent.end(body), 'response')) as [IncomingMessage]
  return { status: response.statusCode ?? 0, text: await text(response) }
}

function codeOf(answer: { readonly text: string }): string {
  const { code, detail } = JSON.parse(answer.text) as { code: string; detail: string }
  return /not in its plain spelling/.test(detail) ? `${code} of the path` : code
}

/** The paths with routes of their own, without `/api/`. */
const words = httpRoutes
  .filter(({ routeKey }) => !routeKey.endsWith('/{proxy+}'))
  .map(({ routeKey }) => /^POST \/api\/([^{}]+)$/.exec(routeKey)?.[1] ?? fail(routeKey))

describe('[C2] on one machine', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  test.each(words)('%s is reached only by its own route', async (word) => {
    const port = Number(new URL(server.url).port)
    for (const plain of [
      word,
      `${word}/`,
      `${word}?a=b/`,
      `%${hexOf(word[0]!)}${word.slice(1)}/`,
    ]) {
      const answer = await post(port, `/api/${plain}`, '{}')
      expect([plain, answer.status, codeOf(answer)]).toEqual([plain, 400, 'bad_request'])
      expect(server.log.at(-1)?.fields['routeKey']).toBe(`POST /api/${word}`)
    }
    const before = server.statements.length
    for (const other of [...spellings(word), ...withSlashes(word)]) {
      const answer = await post(port, `/api/${other}`, '{}')
      expect([other, answer.status, codeOf(answer)]).toEqual([
        other,
        400,
        'bad_request of the path',
      ])
    }
    for (const other of others(word)) {
      const answer = await post(port, `/api/${other}`, '{}')
      expect([other, answer.status, codeOf(answer)]).toEqual([other, 404, 'not_found'])
    }
    expect(server.statements.slice(before)).toEqual([])
  })

  test('no other spelling reaches the admin’s sign-in', async () => {
    const user = await server.register()
    await makeAdmin(server, user)
    const browser = new AdminBrowser(server)
    const page = await browser.get('/admin/sign-in/')
    const fields = { ...hiddenFields(page.html, '/admin/sign-in/') }
    const form = new URLSearchParams({ ...fields, username: user.username, password: testPassword })
    const headers = {
      host: `localhost:${server.running.adminPort}`,
      origin: browser.origin,
      cookie: [...browser.cookies].map((pair) => pair.join('=')).join('; '),
      'content-type': 'application/x-www-form-urlencoded',
    }
    const signIn = (path: string) => post(server.running.adminPort, path, String(form), headers)
    const before = server.statements.length
    for (const other of spellings('sign-in')) {
      const answer = await signIn(`/admin/${other}`)
      expect([other, answer.status]).toEqual([other, 400])
      expect(answer.text).toContain('This path is not in its plain spelling')
    }
    expect(server.statements.slice(before)).toEqual([])
    expect((await signIn('/admin/sign-in')).status).toBe(303)
  })
})

describe('[C2] with events of API Gateway', () => {
  const log = collectLog()
  /** Every operation uses the database. So a 500 shows that a request reached an operation. */
  const limits = { ...readLimits({}), requestsPerAddress: { count: 1_000_000, seconds: 60 } }
  const runtime = {
    db: new Proxy({}, { get: () => fail('an operation was reached') }),
    limits,
    processLimits: createProcessLimits(limits),
    readViewer: readPeer,
    allowedOrigins: [],
    tally: { count: () => undefined, flush: () => Promise.resolve() },
    log,
  }
  const handler = api(runtime as unknown as Runtime)
  const adminHandler = admin(runtime as unknown as AdminRuntime)

  async function statusOf(
    path: string,
    routeKey?: string,
  ): Promise<[status: number | undefined, routeKey: string]> {
    const event = httpEvent('POST', path, { body: '{}', ...(routeKey && { routeKey }) })
    if (!event) return [404, 'none']
    return [(await handler(event)).statusCode, event.routeKey]
  }

  test.each(words)('%s is reached only by its own route', async (word) => {
    const own = `POST /api/${word}`
    expect(await statusOf(`/api/${word}`)).toEqual([500, own])
    for (const other of [...spellings(word), `${word}/`, `${word}%2f`]) {
      expect([other, await statusOf(`/api/${other}`)]).toEqual([other, [400, 'ANY /api/{proxy+}']])
    }
    // This would be the route if API Gateway matched the encoded path.
    for (const path of [word, `${word}/`, `%${hexOf(word[0]!)}${word.slice(1)}`, `${word}%3Fx`]) {
      const [status] = await statusOf(`/api/${path}`, 'ANY /api/{proxy+}')
      expect([path, status]).toEqual([path, 400])
    }
  })

  test('no path passes a throttle, whatever its parts', async () => {
    const part = fc.constantFrom(...parts)
    const path = fc.array(part, { maxLength: 6 }).map((chosen) => `/api/${chosen.join('')}`)
    await fc.assert(
      fc.asyncProperty(path, async (given) => {
        const [status, routeKey] = await statusOf(given)
        const isOwn = routeKey.startsWith('POST ')
        expect(isOwn ? [500] : [400, 404]).toContain(status)
      }),
      { numRuns: 2_000, examples: [['/api/login'], ['/api/x/../login'], ['/api/log%09in']] },
    )
  })

  test('the admin’s pages refuse other spellings, too', async () => {
    for (const other of spellings('sign-in')) {
      const answer = await adminHandler(httpEvent('POST', `/admin/${other}`, { body: '' })!)
      expect([other, answer.statusCode]).toEqual([other, 400])
    }
  })
})

test.each([
  '/api/messages/1/2/reactions/#️⃣',
  '/api/messages/1/2/reactions/👩🏽‍❤️‍💋‍👨🏿',
  '/api/rooms/1/members/ana/',
  '/api/a b+c,d;e=f:g@h!i$j&k(l)*m~n_o-p.q|r^s`t{u}v"w<x>y[z]/é/\0/\u007f',
  '/api/.../..a/a..',
])('[C2] %s is plain', (path) => {
  expect(isPlainPath(path)).toBe(true)
})
