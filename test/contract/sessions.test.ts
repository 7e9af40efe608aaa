import { afterAll, describe, expect, test } from 'vitest'
import { sessionPage } from '../../src/protocol/accounts.ts'
import { startTestServer } from '../support/chat-server.ts'
import { type TestUser, testPassword } from '../support/test-user.ts'
import { fieldOf, ok, problemOf, walk } from '../support/answers.ts'
import { openSimple, openSocket } from '../support/open-socket.ts'
import { sessionOf } from '../support/sign-token.ts'
import { openDatabase } from '../support/watch-database.ts'

const server = await startTestServer()
afterAll(() => server[Symbol.asyncDispose]())

const revoked = '401 session_revoked'
const refresh = (token: string) => server.call('POST', '/api/token/refresh/', { refresh: token })

async function idsOf(user: TestUser): Promise<unknown[]> {
  return fieldOf(await walk(user, '/api/sessions/'), 'id')
}

describe('[A4] the list of sessions', () => {
  test('[A4] shows where each was begun from, the newest first, and which is the present one', async () => {
    const user = await server.register()
    const response = await fetch(`${server.url}/api/login/`, {
      method: 'POST',
      headers: { 'User-Agent': 'a phone', 'Content-Type': 'application/json' },
      body: JSON.stringify({ username: user.username, password: testPassword }),
    })
    expect(response.status).toBe(200)
    const page = await ok(user.get('/api/sessions/'))
    expect(sessionPage.parse(page)).toEqual(page)
    expect(page.results).toMatchObject([
      { address: '127.0.0.1', user_agent: 'a phone', current: false },
      { address: '127.0.0.1', current: true, id: sessionOf(user) },
    ])
    const { created_at, expires_at } = page.results[0]
    expect(Date.parse(expires_at) - Date.parse(created_at)).toBe(30 * 86_400_000)
    expect(Object.keys(page.results[0]).toSorted()).toEqual([
      'address',
      'created_at',
      'current',
      'expires_at',
      'id',
      'used_at',
      'user_agent',
    ])
  })

  test('[A4] has the caller’s own that go on, and no others', async () => {
    const [user, stranger] = [await server.register(), await server.register()]
    const [ended, expired, going] = [await user.login(), await user.login(), await user.login()]
    await ok(ended.post('/api/logout/'))
    await using database = await openDatabase(server)
    await database.execute('update sessions set expires_at = now() where id = $1', [
      sessionOf(expired),
    ])
    expect(await idsOf(user)).toEqual([sessionOf(going), sessionOf(user)])
    expect(await idsOf(stranger)).toEqual([sessionOf(stranger)])
  })

  test('[A4] pages forth and back, nothing missing or double while sessions begin', async () => {
    const user = await server.register()
    const ids = [sessionOf(user)]
    for (let i = 0; i < 6; i++) ids.unshift(sessionOf(await user.login()))
    const forth = await walk(user, '/api/sessions/?limit=3', 'next', () => user.login())
    expect(fieldOf(forth, 'id')).toEqual(ids)
    const back = await walk(user, forth.at(-1).previous, 'previous')
    expect(fieldOf(back.toReversed(), 'id').slice(-6)).toEqual(ids.slice(0, 6))
  })
})

describe('[A4] a session is ended', () => {
  test('[A4] by another one of its user, its tokens at once; the others go on', async () => {
    const user = await server.register()
    const [other, third] = [await user.login(), await user.login()]
    const answer = await user.delete(`/api/sessions/${sessionOf(other)}/`)
    expect(answer).toMatchObject({ status: 204, text: '' })
    expect(problemOf(await other.get('/api/rooms/'))).toBe(revoked)
    expect(problemOf(await refresh(other.refresh))).toBe(revoked)
    expect(await idsOf(user)).toEqual([sessionOf(third), sessionOf(user)])
    // It is there no more.
    const again = await user.delete(`/api/sessions/${sessionOf(other)}/`)
    expect(problemOf(again)).toBe('404 not_found')
  })

  test('[A4] by itself, like a logout', async () => {
    const user = await server.register()
    const other = await user.login()
    await ok(user.delete(`/api/sessions/${sessionOf(user)}/`))
    expect(problemOf(await user.get('/api/sessions/'))).toBe(revoked)
    expect(await idsOf(other)).toEqual([sessionOf(other)])
  })

  test('[C7] another’s session answers as none', async () => {
    const [user, stranger] = [await server.register(), await server.register()]
    const answers = []
    for (const id of [sessionOf(stranger), Number.MAX_SAFE_INTEGER, '0', 'nonsense', '1e3']) {
      const answer = await user.delete(`/api/sessions/${id}/`)
      expect(problemOf(answer)).toBe('404 not_found')
      answers.push(answer.text)
    }
    expect(new Set(answers).size).toBe(1)
    expect(await idsOf(stranger)).toEqual([sessionOf(stranger)])
  })

  test('[A4] all others at once, and again when there are none', async () => {
    const [user, stranger] = [await server.register(), await server.register()]
    const others = [await user.login(), await user.login()]
    for (let i = 0; i < 2; i++) {
      expect(await user.delete('/api/sessions/')).toMatchObject({ status: 204, text: '' })
    }
    for (const other of others) expect(problemOf(await other.get('/api/rooms/'))).toBe(revoked)
    expect(await idsOf(user)).toEqual([sessionOf(user)])
    expect(await idsOf(stranger)).toEqual([sessionOf(stranger)])
  })

  test('[A4] whoever is suspended can list and end their sessions, and log out', async () => {
    const user = await server.register()
    const [other, third] = [await user.login(), await user.login()]
    await using database = await openDatabase(server)
    await database.execute('update users set suspended_at = now() where id = $1', [user.id])
    expect(problemOf(await user.get('/api/users/me/'))).toBe('403 forbidden')
    expect(await idsOf(user)).toHaveLength(3)
    expect(problemOf(await user.get('/api/sessions/?limit=0'))).toBe('400 bad_request')
    await ok(user.delete(`/api/sessions/${sessionOf(third)}/`))
    await ok(user.delete('/api/sessions/'))
    expect(problemOf(await other.get('/api/sessions/'))).toBe(revoked)
    await ok(user.post('/api/logout/'))
    for (const ended of [user, third]) {
      expect(problemOf(await ended.post('/api/logout/'))).toBe(revoked)
    }
  })
})

describe('[A4] sockets of a session that ends', () => {
  interface Ways {
    readonly ended: TestUser
    readonly other: TestUser
  }
  const ways = [
    {
      name: 'a logout',
      end: ({ ended }: Ways) => ended.post('/api/logout/'),
    },
    {
      name: 'its end by another one',
      end: ({ ended, other }: Ways) => other.delete(`/api/sessions/${sessionOf(ended)}/`),
    },
    {
      name: 'its end by itself',
      end: ({ ended }: Ways) => ended.delete(`/api/sessions/${sessionOf(ended)}/`),
    },
    { name: 'the end of all others', end: ({ other }: Ways) => other.delete('/api/sessions/') },
    {
      name: 'a change of the password',
      end: ({ other }: Ways) =>
        other.post('/api/users/me/password/', {
          current_password: testPassword,
          new_password: 'another long enough one',
        }),
    },
    {
      name: 'a refresh token used again',
      end: async ({ ended }: Ways) => {
        const second = await ok(refresh(ended.refresh))
        await ok(refresh(second.refresh))
        const again = await refresh(ended.refresh)
        expect(problemOf(again)).toBe(revoked)
        return { ...again, status: 204 }
      },
    },
    {
      name: 'the end of the account',
      end: ({ other }: Ways) => other.delete('/api/users/me/', { password: testPassword }),
      isOfAll: true,
    },
  ]

  test.each(ways)(
    '[A4] by $name are closed within 5 s, of every kind, and get nothing more',
    async ({ end, isOfAll }) => {
      const [user, friend] = [await server.register(), await server.register()]
      const other = await user.login()
      const room = await friend.createRoom({ title: 'Sockets' })
      await ok(user.post(`/api/rooms/${room.id}/join/`))
      await using all = await openSocket(user)
      await using one = await openSocket(user, `/ws/chat/${room.name}/`)
      await using simple = await openSimple(user, room.name)
      await using staying = await openSocket(other)
      const started = performance.now()
      expect((await end({ ended: user, other })).status).toBe(204)
      await ok(friend.send(room.id, 'are you there?'))
      await Promise.all([all.closed, one.closed, simple.closed])
      expect(performance.now() - started).toBeLessThan(5_000)
      const bye = { type: 'bye', code: 'session_revoked', reconnect: false, after_ms: 0 }
      expect(all.received).toEqual([bye])
      expect(one.received).toEqual([bye])
      expect(simple.received).toEqual([])
      await (isOfAll ? staying.closed : staying.next('message'))
      expect(staying.ofType('bye')).toEqual(isOfAll ? [bye] : [])
    },
  )

  test('[A4] that a crash left open are closed when another one ends', async () => {
    const user = await server.register()
    const [left, other] = [await user.login(), await user.login()]
    await using socket = await openSocket(left)
    await using database = await openDatabase(server)
    await database.execute('update sessions set revoked_at = now() where id = $1', [
      sessionOf(left),
    ])
    await ok(user.delete(`/api/sessions/${sessionOf(other)}/`))
    await socket.closed
    expect(socket.received).toMatchObject([{ type: 'bye', code: 'session_revoked' }])
  })
})
