/** [A7] A page of the host may have its refresh token in a cookie; nobody else may. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sessionDays } from '../../src/protocol/limits.ts'
import type { Answer } from '../support/api-client.ts'
import { startTestServer, type TestServer } from '../support/chat-server.ts'
import { testPassword } from '../support/test-user.ts'
import { newName } from '../support/routes.ts'
import { ok, problemOf } from '../support/answers.ts'

const proxied = 'https://chat.example.org'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ allowedOrigins: [proxied] })
})
afterAll(() => server[Symbol.asyncDispose]())

type Headers = Record<string, string>

/** What a browser says for a page of the host itself, over HTTPS or not. */
const ofPage = (scheme = 'http'): Headers => ({
  Origin: server.url.replace('http', scheme),
  'Sec-Fetch-Site': 'same-origin',
})

const cookieOf = ({ headers }: Answer) => headers.getSetCookie()[0] ?? ''
const tokenOf = (answer: Answer) => /^quick_connect_refresh=([^;]+);/.exec(cookieOf(answer))?.[1]

async function logIn(username: string, headers = ofPage(), how: object = { refresh_in: 'cookie' }) {
  const body = { username, password: testPassword, ...how }
  return await server.call('POST', '/api/login/', body, undefined, headers)
}

async function refresh(
  token: string | undefined,
  headers = ofPage(),
  path = '/api/token/refresh/',
) {
  const cookie: Headers = token === undefined ? {} : { Cookie: `quick_connect_refresh=${token}` }
  return await server.call('POST', path, undefined, undefined, { ...headers, ...cookie })
}

/** A session of a page. */
async function begin() {
  const user = await server.register()
  const answer = await ok(logIn(user.username))
  return { user, access: answer.access as string }
}

describe('[A7] the cookie', () => {
  test('[A7] has the refresh token, which is not in the body, and no script reads it', async () => {
    const username = newName()
    const body = { username, password: testPassword, email: 'a@example.org', refresh_in: 'cookie' }
    const registered = await server.call('POST', '/api/register/', body, undefined, ofPage())
    const loggedIn = await logIn(username)
    for (const answer of [registered, loggedIn]) {
      expect(Object.keys(answer.body).toSorted()).toEqual(['access', 'user'])
      expect(cookieOf(answer)).toBe(
        `quick_connect_refresh=${tokenOf(answer)}; Max-Age=${sessionDays * 86_400}; Path=/api/token/refresh; HttpOnly; SameSite=Strict`,
      )
      expect(answer.headers.getSetCookie()).toHaveLength(1)
      expect(answer.headers.get('cache-control')).toBe('no-store')
      expect((await refresh(tokenOf(answer))).status).toBe(200)
    }
  })

  test('[A7] is Secure when the page came over HTTPS', async () => {
    const { username } = await server.register()
    expect(cookieOf(await logIn(username, ofPage('https')))).toMatch(
      /; HttpOnly; Secure; SameSite=Strict$/,
    )
    expect(cookieOf(await logIn(username, ofPage('http')))).not.toContain('Secure')
  })

  test('[A7] gives the next access token, and comes with the next refresh token', async () => {
    const { username } = await server.register()
    let token = tokenOf(await logIn(username))
    const seen = new Set([token])
    for (const path of ['/api/token/refresh/', '/api/token/refresh']) {
      const answer = await refresh(token, ofPage(), path)
      expect(answer.status).toBe(200)
      expect(Object.keys(answer.body)).toEqual(['access'])
      const asked = await server.call('GET', '/api/users/me/', undefined, answer.body.access)
      expect(asked.body.username).toBe(username)
      expect(cookieOf(answer)).toMatch(
        /; Max-Age=\d+; Path=\/api\/token\/refresh; HttpOnly; SameSite=Strict$/,
      )
      token = tokenOf(answer)
      seen.add(token)
    }
    expect(seen.size).toBe(3)
  })

  test('[A3, A7] that two tabs use at once ends no session, whichever answer comes last', async () => {
    const { username } = await server.register()
    const token = tokenOf(await logIn(username))
    const answers = await Promise.all([refresh(token), refresh(token)])
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    // The browser keeps that of the last answer; either of the two goes on.
    for (const answer of answers) expect((await refresh(tokenOf(answer))).status).toBe(200)
  })

  test('[A3, A7] with a token that is used up ends the session, as in the body', async () => {
    const { username } = await server.register()
    const first = tokenOf(await logIn(username))
    const second = tokenOf(await refresh(first))
    const third = tokenOf(await refresh(second))
    expect(problemOf(await refresh(first))).toBe('401 session_revoked')
    expect(problemOf(await refresh(third))).toBe('401 session_revoked')
  })

  test('[A7] that is not there any more is an end of the session, as a page sees it', async () => {
    const answer = await refresh(undefined)
    expect(problemOf(answer)).toBe('401 unauthenticated')
    expect(answer.body.detail).toContain('refresh_in')
  })

  test('[A7] goes when the page logs out', async () => {
    const { access } = await begin()
    const body = { refresh_in: 'cookie' }
    const answer = await server.call('POST', '/api/logout/', body, access, ofPage())
    expect(answer.status).toBe(204)
    expect(cookieOf(answer)).toBe(
      'quick_connect_refresh=; Max-Age=0; Path=/api/token/refresh; HttpOnly; SameSite=Strict',
    )
  })
})

const strangers: readonly (readonly [string, () => Headers])[] = [
  ['another origin', () => ({ ...ofPage(), Origin: 'https://evil.example' })],
  ['another port of the host', () => ({ ...ofPage(), Origin: 'http://127.0.0.1:1' })],
  ['a page without an origin', () => ({ ...ofPage(), Origin: 'null' })],
  [
    'an app whose name is that of the host',
    () => ({ Origin: ofPage()['Origin']!.replace('http', 'app') }),
  ],
  ['nobody that says where it is from', () => ({})],
  ['another site', () => ({ ...ofPage(), 'Sec-Fetch-Site': 'cross-site' })],
  ['another host of the site', () => ({ ...ofPage(), 'Sec-Fetch-Site': 'same-site' })],
  ['an address that was typed', () => ({ ...ofPage(), 'Sec-Fetch-Site': 'none' })],
]

describe.each(strangers)('[A7] to %s', (_, headers) => {
  test('[A7] no cookie is given, and no session is begun', async () => {
    const user = await server.register()
    const username = newName()
    const account = { username, password: testPassword, email: 'a@example.org' }
    const registered = await server.call(
      'POST',
      '/api/register/',
      { ...account, refresh_in: 'cookie' },
      undefined,
      headers(),
    )
    for (const answer of [registered, await logIn(user.username, headers())]) {
      expect(problemOf(answer)).toBe('403 forbidden')
      expect(answer.headers.getSetCookie()).toEqual([])
    }
    expect((await ok(user.get('/api/sessions/'))).results).toHaveLength(1)
    // The name is still free.
    expect((await server.call('POST', '/api/register/', account)).status).toBe(201)
  })

  test('[A7] the cookie gives nothing, and loses nothing', async () => {
    const { username } = await server.register()
    const token = tokenOf(await logIn(username))
    const refused = await refresh(token, headers())
    expect(problemOf(refused)).toBe('403 forbidden')
    expect(refused.headers.getSetCookie()).toEqual([])
    expect((await refresh(token)).status).toBe(200)
  })

  test('[A7] no session is ended by asking for the cookie to go', async () => {
    const { access } = await begin()
    const body = { refresh_in: 'cookie' }
    const refused = await server.call('POST', '/api/logout/', body, access, headers())
    expect(problemOf(refused)).toBe('403 forbidden')
    expect((await server.call('GET', '/api/users/me/', undefined, access)).status).toBe(200)
  })
})

test('[A7] a page of an allowed origin is one of ours behind a proxy that calls us by another name', async () => {
  const { username } = await server.register()
  const answer = await logIn(username, { Origin: proxied, 'Sec-Fetch-Site': 'same-origin' })
  expect(answer.status).toBe(200)
  expect(cookieOf(answer)).toContain('Secure')
  // Browsers give nobody else's page the cookie [C9].
  expect(answer.headers.get('access-control-allow-credentials')).toBe(null)
})

test('[A7] a browser that says nothing of the site, as over plain HTTP, is known by its origin', async () => {
  const { username } = await server.register()
  const { Origin } = ofPage()
  const answer = await logIn(username, { Origin: Origin! })
  expect((await refresh(tokenOf(answer), { Origin: Origin! })).status).toBe(200)
})

describe('[A7] programs', () => {
  test('[A7] have the refresh token in the body, whoever they say they are, and get no cookie', async () => {
    const { username } = await server.register()
    for (const headers of [{}, ofPage(), { Origin: 'https://evil.example' }]) {
      for (const how of [{}, { refresh_in: 'body' }]) {
        const answer = await logIn(username, headers, how)
        expect(answer.status).toBe(200)
        const { refresh: token, access } = answer.body as { refresh: string; access: string }
        const refreshed = await server.call(
          'POST',
          '/api/token/refresh/',
          { refresh: token },
          undefined,
          headers,
        )
        expect(Object.keys(refreshed.body).toSorted()).toEqual(['access', 'refresh'])
        const loggedOut = await server.call('POST', '/api/logout/', undefined, access, headers)
        expect(loggedOut.status).toBe(204)
        for (const each of [answer, refreshed, loggedOut]) {
          expect(each.headers.getSetCookie()).toEqual([])
        }
      }
    }
  })

  test('[A7] are told by the token of the body alone, also beside a cookie', async () => {
    const user = await server.register()
    const cookie = tokenOf(await logIn((await server.register()).username))
    const headers = { ...ofPage(), Cookie: `quick_connect_refresh=${cookie}` }
    const body = { refresh: user.refresh }
    const answer = await server.call('POST', '/api/token/refresh/', body, undefined, headers)
    const asked = await server.call('GET', '/api/users/me/', undefined, answer.body.access)
    expect(asked.body.username).toBe(user.username)
    expect(answer.headers.getSetCookie()).toEqual([])
  })

  test('[A7] are told which field is missing', async () => {
    const answer = await refresh(undefined, {})
    expect(problemOf(answer)).toBe('400 bad_request')
    expect(answer.body.errors[0].field).toBe('refresh')
  })

  test('[A7] are told what refresh_in may be', async () => {
    const { username } = await server.register()
    for (const wrong of ['cookies', '', null, true]) {
      const answer = await logIn(username, ofPage(), { refresh_in: wrong })
      expect(problemOf(answer)).toBe('400 bad_request')
      expect(answer.body.errors[0].field).toBe('refresh_in')
    }
  })
})
