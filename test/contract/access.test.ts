import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Limits } from '../../src/core/context.ts'
import type { Answer } from '../support/api-client.ts'
import { startTestServer, testKeys, type TestServer } from '../support/chat-server.ts'
import { type TestUser, testPassword } from '../support/test-user.ts'
import {
  callRoute,
  closedRoutes,
  makeScene,
  newName,
  pathOf,
  type Scene,
  titled,
} from '../support/routes.ts'
import { problemOf, ok } from '../support/answers.ts'
import { signToken } from '../support/sign-token.ts'
import { openDatabase } from '../support/watch-database.ts'

const server = await startTestServer()
afterAll(() => server[Symbol.asyncDispose]())

describe('[C5] the access token', () => {
  // Refused requests change nothing: one scene does for all routes.
  let scene: Scene
  let revoked: Scene
  let expired: Scene
  beforeAll(async () => {
    scene = await makeScene(server)
    revoked = await makeScene(server)
    await ok(revoked.caller.post('/api/logout/'))
    expired = await makeScene(server)
    await using database = await openDatabase(server)
    await database.execute(`update sessions set expires_at = now() where user_id = $1`, [
      expired.caller.id,
    ])
  })

  test.each(titled(closedRoutes))('[C5] $name asks for one', async ({ route }) => {
    const without = await server.call(route.method, `${pathOf(route, scene)}/`, route.body?.(scene))
    expect(problemOf(without)).toBe('401 unauthenticated')
    expect(problemOf(await callRoute(route, scene, 'bad'))).toBe('401 unauthenticated')
    const token = signToken(scene.caller, { expiresIn: -1 })
    expect(problemOf(await callRoute(route, scene, token))).toBe('401 unauthenticated')
  })

  test.each(titled(closedRoutes))('[C5] $name looks at the session', async ({ route }) => {
    expect(problemOf(await callRoute(route, revoked))).toBe('401 session_revoked')
    expect(problemOf(await callRoute(route, expired))).toBe('401 session_revoked')
  })

  test.each(titled(closedRoutes))(
    '[C5] $name tells of an ended session before it tells what is wrong with the request',
    async ({ route }) => {
      const path = `${pathOf({ ...route, path: route.path.replace('<room>', 'nonsense') }, revoked)}/`
      const body = route.body && '{'
      const { access } = revoked.caller
      for (const query of ['', '?nonsense=1&nonsense=2']) {
        const answer = await server.call(route.method, path + query, body, access)
        expect(problemOf(answer)).toBe('401 session_revoked')
      }
    },
  )

  test('[C5] no other signature counts', async () => {
    const user = await server.register()
    const none = signToken(user).split('.')
    none[0] = Buffer.from('{"alg":"none","typ":"JWT","kid":"test"}').toString('base64url')
    none[2] = ''
    const wrong = [
      signToken(user, {}, { kid: 'test', secret: 'another secret, 32 bytes long or more' }),
      signToken(user, {}, { kid: 'other', secret: testKeys[0].secret }),
      signToken(user, { algorithm: 'HS512' }),
      none.join('.'),
      `${user.access}x`,
    ]
    for (const token of wrong) {
      expect(problemOf(await server.call('GET', '/api/rooms/', undefined, token))).toBe(
        '401 unauthenticated',
      )
    }
  })

  test('[C5] the scheme is Bearer, in any case', async () => {
    const user = await server.register()
    const statusOf = async (Authorization: string) =>
      (await server.call('GET', '/api/rooms/', undefined, undefined, { Authorization })).status
    expect(await statusOf(`bearer ${user.access}`)).toBe(200)
    for (const wrong of [
      user.access,
      `Basic ${user.access}`,
      'Bearer',
      `Bearer ${user.access} x`,
    ]) {
      expect(await statusOf(wrong)).toBe(401)
    }
  })

  test('[C5] two keys are accepted while one is being rotated out; the first signs', async () => {
    const older = testKeys[0]
    const newer = { kid: 'newer', secret: 'a newer secret, of 32 bytes or more.' }
    await using rotating = await startTestServer({ jwtKeys: [newer, older] })
    const user = await rotating.register()
    expect(JSON.parse(Buffer.from(user.access.split('.')[0]!, 'base64url').toString())).toEqual({
      alg: 'HS256',
      typ: 'JWT',
      kid: 'newer',
    })
    for (const key of [newer, older]) {
      const answer = await rotating.call('GET', '/api/rooms/', undefined, signToken(user, {}, key))
      expect(answer.status).toBe(200)
    }
  })

  test('[C5] an access token is good for 15 minutes, and under 1 KB', async () => {
    const user = await server.register()
    const { iat, exp } = JSON.parse(Buffer.from(user.access.split('.')[1]!, 'base64url').toString())
    expect(exp - iat).toBe(15 * 60)
    expect(user.access.length).toBeLessThan(1_024)
  })
})

/** How many searches are left after one, and what came of it. */
async function searchesLeft(user: TestUser, query: string): Promise<string> {
  const answer = await user.get(`/api/search/${query}`)
  expect(answer.headers.get('ratelimit-limit')).toBe('4')
  const what = answer.status < 300 ? String(answer.status) : problemOf(answer)
  return `${answer.headers.get('ratelimit-remaining')}: ${what}`
}

describe('[C6] limits', () => {
  const count = 3
  interface Case {
    readonly name: string
    readonly limits: Partial<Limits>
    /** How many a test has used before it begins. */
    readonly used: number
    readonly call: (
      user: TestUser,
      limited: TestServer,
    ) => Promise<{ method?: string; path: string; body?: unknown }>
  }
  const cases: readonly Case[] = [
    {
      name: 'register',
      limits: { registrations: { count, seconds: 60 } },
      used: 1,
      call: async () => ({
        path: '/api/register/',
        body: { username: newName(), password: testPassword, email: 'a@example.org' },
      }),
    },
    {
      name: 'login, by address',
      limits: { loginsPerAddress: { count, seconds: 60 } },
      used: 0,
      call: async (user: TestUser) => ({
        path: '/api/login/',
        body: { username: user.username, password: testPassword },
      }),
    },
    {
      name: 'token/refresh',
      limits: { refreshes: { count, seconds: 60 } },
      used: 0,
      call: async (user: TestUser) => ({
        path: '/api/token/refresh/',
        body: { refresh: user.refresh },
      }),
    },
    {
      name: 'users/me/password',
      limits: { loginsPerAddress: { count, seconds: 60 } },
      used: 0,
      call: async () => ({
        path: '/api/users/me/password/',
        body: { current_password: testPassword, new_password: testPassword },
      }),
    },
    {
      name: 'messages',
      limits: { sends: { count, seconds: 60 } },
      used: 0,
      call: async (user: TestUser) => ({
        path: '/api/messages/',
        body: { room_id: (await user.createRoom()).id, message: 'hi' },
      }),
    },
    {
      name: 'rooms',
      limits: { rooms: { count, seconds: 60 } },
      used: 0,
      call: async () => ({ path: '/api/rooms/', body: { title: 'A room' } }),
    },
    {
      name: 'direct',
      limits: { rooms: { count, seconds: 60 } },
      used: 0,
      call: async (_, limited) => {
        const { username } = await limited.register()
        return { path: '/api/direct/', body: { username } }
      },
    },
    {
      name: 'rooms/<room>',
      limits: { roomChanges: { count, seconds: 60 } },
      used: 0,
      call: async (user) => {
        const { id } = await user.createRoom()
        return { method: 'PATCH', path: `/api/rooms/${id}/`, body: { title: 'Renamed' } }
      },
    },
    {
      name: 'rooms/<room>/join',
      limits: { joins: { count, seconds: 60 } },
      used: 0,
      call: async (user) => ({ path: `/api/rooms/${(await user.createRoom()).id}/join/` }),
    },
    {
      name: 'rooms/<room>/members/<username>',
      limits: { memberChanges: { count, seconds: 60 } },
      used: 0,
      call: async (user, limited) => {
        const [{ id }, { username }] = [await user.createRoom(), await limited.register()]
        return { method: 'PUT', path: `/api/rooms/${id}/members/${username}/`, body: {} }
      },
    },
    {
      name: 'users/me',
      limits: { settings: { count, seconds: 60 } },
      used: 0,
      call: async () => ({ method: 'PATCH', path: '/api/users/me/', body: { bio: 'I am here' } }),
    },
    {
      name: 'search',
      limits: { searches: { count, seconds: 60 } },
      used: 0,
      call: async () => ({ method: 'GET', path: '/api/search/?q=hi' }),
    },
  ]

  test('[C6] a malformed request is charged to its address, too', async () => {
    const limits = {
      registrations: { count: 2, seconds: 60 },
      loginsPerAddress: { count: 2, seconds: 60 },
      refreshes: { count: 2, seconds: 60 },
    }
    await using limited = await startTestServer({ limits })
    for (const path of ['/api/register/', '/api/login/', '/api/token/refresh/']) {
      for (const left of ['1', '0']) {
        const answer = await limited.call('POST', path, '{')
        expect(problemOf(answer)).toBe('400 bad_request')
        expect(answer.headers.get('ratelimit-remaining')).toBe(left)
      }
      expect(problemOf(await limited.call('POST', path, '{'))).toBe('429 rate_limited')
    }
  })

  test('[C6] every refusal of what counts as a send says how many are left, and costs none', async () => {
    await using limited = await startTestServer({ limits: { sends: { count: 5, seconds: 600 } } })
    const { caller, member, stranger, room, message } = await makeScene(limited)
    const open = await caller.createRoom()
    const path = `/api/messages/${room}/${message}/`
    const leftAfter = async (user: TestUser, answering: Promise<Answer>) => {
      const answer = await answering
      expect(answer.headers.get('ratelimit-limit')).toBe('5')
      const left = answer.headers.get('ratelimit-remaining')
      expect(answer.headers.get('ratelimit-reset')).toBe(left === '5' ? '0' : '120')
      return `${user === caller ? 'caller' : 'other'} ${left}: ${problemOf(answer)}`
    }
    const send = (user: TestUser, body: unknown) =>
      leftAfter(user, user.post('/api/messages/', body))
    const body = { room_id: room, message: 'hi' }
    expect([
      await send(caller, '{'),
      await send(caller, { ...body, message: '' }),
      await send(caller, { ...body, reply_to: 99 }),
      await send(caller, { ...body, message: 'x'.repeat(70_000) }),
      await send(caller, { ...body, room_id: 999_999 }),
      await send(stranger, body),
      await send(stranger, { ...body, room_id: open.id }),
      await leftAfter(caller, caller.patch(path, { message: '' })),
      await leftAfter(caller, caller.patch(`/api/messages/${room}/99/`, { message: 'hi' })),
      await leftAfter(member, member.patch(path, { message: 'hi' })),
      await leftAfter(stranger, stranger.delete(path)),
      await leftAfter(stranger, stranger.put(`${path}reactions/🎉/`)),
    ]).toEqual([
      'caller 4: 400 bad_request',
      'caller 4: 400 bad_request',
      'caller 4: 400 bad_request',
      'caller 4: 413 too_large',
      'caller 4: 404 not_found',
      'other 5: 404 not_found',
      'other 5: 403 forbidden',
      'caller 4: 400 bad_request',
      'caller 4: 404 not_found',
      'other 5: 403 forbidden',
      'other 5: 404 not_found',
      'other 5: 404 not_found',
    ])
    for (let left = 3; left >= 0; left--) await ok(caller.send(Number(room), 'hi'))
    const over = await caller.send(Number(room), 'one too many')
    expect(problemOf(over)).toBe('429 rate_limited')
    expect(over.headers.get('ratelimit-remaining')).toBe('0')
    const edit = await caller.patch(path, { message: 'one too many' })
    expect(problemOf(edit)).toBe('429 rate_limited')
    expect(edit.headers.get('ratelimit-remaining')).toBe('0')

    await using database = await openDatabase(limited)
    await database.execute('update users set suspended_at = now() where id = $1', [caller.id])
    for (const wrong of [body, '{']) {
      const suspended = await caller.post('/api/messages/', wrong)
      expect(problemOf(suspended)).toBe('403 forbidden')
      expect(suspended.headers.get('ratelimit-remaining')).toBe('0')
    }
    await ok(member.post('/api/logout/'))
    for (const wrong of [body, '{']) {
      const ended = await member.post('/api/messages/', wrong)
      expect(problemOf(ended)).toBe('401 session_revoked')
      expect(ended.headers.get('ratelimit-remaining')).toBeNull()
    }
  })

  test('[C6, M7] every search is charged to its user, also a malformed one, and no other user', async () => {
    await using limited = await startTestServer({
      limits: { searches: { count: 4, seconds: 600 } },
    })
    const { caller, member, stranger, room } = await makeScene(limited)
    const elsewhere = await caller.login()
    expect([
      await searchesLeft(caller, `?q=hi&room_id=${room}`),
      await searchesLeft(elsewhere, '?q=hi'),
      await searchesLeft(caller, '?q=!!!'),
      await searchesLeft(caller, ''),
      await searchesLeft(caller, '?q=hi'),
      await searchesLeft(stranger, `?q=hi&room_id=${room}`),
      await searchesLeft(stranger, '?q=hi'),
    ]).toEqual([
      '3: 200',
      '2: 200',
      '1: 400 bad_request',
      '0: 400 bad_request',
      '0: 429 rate_limited',
      '3: 404 not_found',
      '2: 200',
    ])

    await using database = await openDatabase(limited)
    await database.execute('update users set suspended_at = now() where id = $1', [stranger.id])
    expect(await searchesLeft(stranger, '?q=hi')).toBe('1: 403 forbidden')
    await ok(member.post('/api/logout/'))
    for (const query of ['?q=hi', '']) {
      const ended = await member.get(`/api/search/${query}`)
      expect(problemOf(ended)).toBe('401 session_revoked')
      expect(ended.headers.get('ratelimit-remaining')).toBeNull()
    }
  })

  test.each(cases)(
    '[C6] $name carries RateLimit-*, and 429 carries Retry-After',
    async ({ limits, used, call }) => {
      await using limited = await startTestServer({ limits })
      const user = await limited.register()
      const once = async () => {
        const { method = 'POST', path, body } = await call(user, limited)
        const answer = await limited.call(method, path, body, user.access)
        if (answer.body?.refresh) user.refresh = answer.body.refresh
        expect(answer.headers.get('ratelimit-limit')).toBe(String(count))
        expect(answer.headers.get('ratelimit-reset')).toMatch(/^\d+$/)
        return answer
      }
      for (let left = count - used - 1; left >= 0; left--) {
        const answer = await once()
        expect(answer.status).toBeLessThan(300)
        expect(answer.headers.get('ratelimit-remaining')).toBe(String(left))
        expect(answer.headers.get('retry-after')).toBeNull()
      }
      const over = await once()
      expect(problemOf(over)).toBe('429 rate_limited')
      expect(over.headers.get('ratelimit-remaining')).toBe('0')
      const seconds = Number(over.headers.get('retry-after'))
      expect(seconds).toBeGreaterThan(0)
      expect(seconds).toBeLessThanOrEqual(60 / count)
      // What the header says is enough.
      await using database = await openDatabase(limited)
      await database.execute(
        `update rate_limits set full_at = full_at - make_interval(secs => $1)`,
        [seconds],
      )
      await database.execute(
        `update users set sends_full_at = sends_full_at - make_interval(secs => $1)`,
        [seconds],
      )
      expect((await once()).status).toBeLessThan(300)
    },
  )
})
