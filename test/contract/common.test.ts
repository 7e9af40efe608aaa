import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest'
import { bodyMaxBytes } from '../../src/protocol/limits.ts'
import { startTestServer } from '../support/chat-server.ts'
import { testPassword } from '../support/test-user.ts'
import {
  callRoute,
  makeScene,
  newName,
  pathOf,
  routes,
  type Scene,
  titled,
} from '../support/routes.ts'
import { problemOf, ok } from '../support/answers.ts'
import { openDatabase, whileDatabaseFails } from '../support/watch-database.ts'

const server = await startTestServer()
afterAll(() => server[Symbol.asyncDispose]())
// A route is matched before any statement. Tests of the routes themselves run over both drivers.
const tabled = inject('driver') === 'pg' ? routes : []

describe('[C1] JSON', () => {
  test('[C1] names are snake_case, ids integers below 2^53, times UTC with milliseconds and Z', async () => {
    const user = await server.register()
    const room = await user.createRoom({ title: 'Forms' })
    await ok(user.send(room.id, 'hi'))
    const answers = [
      await user.get('/api/rooms/'),
      await user.get('/api/users/me/'),
      await user.get('/api/users/'),
      await user.get('/api/sessions/'),
      await user.get(`/api/rooms/${room.id}/`),
      await user.get(`/api/rooms/${room.id}/members/`),
      await user.get(`/api/messages/${room.id}/`),
      await server.call('POST', '/api/login/', { username: user.username, password: testPassword }),
    ]
    const fields = answers.flatMap(({ body }) => fieldsOf(body))
    const wrong = fields.filter(([name, value]) => {
      if (!/^[a-z][a-z0-9_]*$/.test(name)) return true
      if (/^id$|(?<!client)_id$/.test(name)) return !Number.isSafeInteger(value)
      const isTime = name === 'timestamp' || (name.endsWith('_at') && value !== null)
      return isTime && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(String(value))
    })
    expect(wrong).toEqual([])
    const types = answers.map(({ headers }) => headers.get('content-type'))
    expect(new Set(types)).toEqual(new Set(['application/json']))
  })

  test.each(['1', 1.5, 0, -1, 2 ** 53, 1e300, null, true, [1]])(
    '[C1] a body with the id %j is refused',
    async (id) => {
      const user = await server.register()
      const answer = await user.post('/api/messages/', { room_id: id, message: 'hi' })
      expect(problemOf(answer)).toBe('400 bad_request')
      expect(answer.body.errors[0].field).toBe('room_id')
    },
  )

  test('[C1] the largest possible id is accepted', async () => {
    const user = await server.register()
    const largest = Number.MAX_SAFE_INTEGER
    expect(problemOf(await user.send(largest, 'hi'))).toBe('404 not_found')
    expect(problemOf(await user.get(`/api/rooms/${largest}/`))).toBe('404 not_found')
    expect(problemOf(await user.get(`/api/rooms/${2 ** 53}/`))).toBe('404 not_found')
  })
})

test.each(titled(tabled))('[C2] $name works without its trailing slash too', async ({ route }) => {
  for (const slash of ['/', '']) {
    const answer = await callRoute(route, await makeScene(server), undefined, slash)
    expect(answer.status).toBe(route.status)
    // [C4] Every answer has this header.
    expect(answer.headers.get('cache-control')).toBe('no-store')
  }
})

describe('[C3] errors', () => {
  test('[C3] bad_request names the fields that are wrong', async () => {
    const answer = await server.call('POST', '/api/register/', {
      username: 'not a name',
      password: 'short',
    })
    expect(problemOf(answer)).toBe('400 bad_request')
    const fields = answer.body.errors.map(({ field }: { field: string }) => field)
    expect(fields).toEqual(['username', 'password', 'email'])
  })

  test('[C3] a body that is not JSON or not an object is a bad_request', async () => {
    const user = await server.register()
    for (const body of ['{', 'null', '[]', '"text"', '']) {
      expect(problemOf(await user.post('/api/rooms/', body))).toBe('400 bad_request')
    }
  })

  test('[C3] unauthenticated and session_revoked', async () => {
    const user = await server.register()
    const without = await server.call('GET', '/api/rooms/')
    expect(problemOf(without)).toBe('401 unauthenticated')
    expect(without.headers.get('www-authenticate')).toBe('Bearer')
    await user.post('/api/logout/')
    expect(problemOf(await user.get('/api/rooms/'))).toBe('401 session_revoked')
  })

  test('[C3] forbidden, not_found, conflict', async () => {
    const [alice, bob] = [await server.register(), await server.register()]
    const room = await alice.createRoom({ title: 'Errors', name: newName() })
    expect(problemOf(await bob.send(room.id, 'hi'))).toBe('403 forbidden')
    expect(problemOf(await bob.get('/api/rooms/999999/'))).toBe('404 not_found')
    expect(problemOf(await bob.get('/api/nothing/here/'))).toBe('404 not_found')
    const taken = await bob.post('/api/rooms/', { title: 'Errors', name: room.name })
    expect(problemOf(taken)).toBe('409 conflict')
  })

  test('[C3] method_not_allowed lists the allowed methods, and OPTIONS does the same', async () => {
    for (const [path, method, allowed] of [
      ['/api/login/', 'GET', 'POST, OPTIONS'],
      ['/api/health/', 'POST', 'GET, HEAD, OPTIONS'],
      ['/api/rooms/', 'PUT', 'POST, GET, HEAD, OPTIONS'],
      ['/api/rooms/0/', 'POST', 'GET, PATCH, DELETE, HEAD, OPTIONS'],
      ['/api/messages/1/2/reactions/x/', 'GET', 'PUT, DELETE, OPTIONS'],
    ] as const) {
      const refused = await server.call(method, path)
      expect([refused.status, refused.headers.get('allow')]).toEqual([405, allowed])
      expect(problemOf(refused)).toBe('405 method_not_allowed')
      const asked = await server.call('OPTIONS', path)
      expect([asked.status, asked.text, asked.headers.get('allow')]).toEqual([204, '', allowed])
    }
    expect(problemOf(await server.call('OPTIONS', '/api/nothing/'))).toBe('404 not_found')
    const head = await fetch(`${server.url}/api/login/`, { method: 'HEAD' })
    expect([head.status, head.headers.get('allow')]).toEqual([405, 'POST, OPTIONS'])
  })

  // No request of these tests changes anything, so all of them share one scene.
  let scene: Scene
  beforeAll(async () => {
    scene = await makeScene(server)
  })

  test.each(titled(tabled))('[C3] $name is among the methods of its path', async ({ route }) => {
    const path = pathOf(route, scene)
    const asked = await server.call('OPTIONS', path)
    expect(asked.headers.get('allow')?.split(', ')).toContain(route.method)
    const other = await server.call('PROPFIND', path)
    expect(problemOf(other)).toBe('405 method_not_allowed')
    expect(other.headers.get('allow')).toBe(asked.headers.get('allow'))
  })

  test('the pages beside the API allow only reading', async () => {
    for (const path of ['/', '/docs/', '/api/docs/']) {
      const refused = await fetch(server.url + path, { method: 'POST' })
      expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
    }
  })

  test('[C3] too_large', async () => {
    const user = await server.register()
    const answer = await user.post('/api/rooms/', { title: 'x', more: 'x'.repeat(bodyMaxBytes) })
    expect(problemOf(answer)).toBe('413 too_large')
  })

  test('[C3] rate_limited', async () => {
    const limits = { registrations: { count: 1, seconds: 60 } }
    await using limited = await startTestServer({ limits })
    await limited.register()
    const answer = await limited.call('POST', '/api/register/', {
      username: newName(),
      password: testPassword,
      email: 'a@example.org',
    })
    expect(problemOf(answer)).toBe('429 rate_limited')
  })

  test('[C3] unavailable, when the database ends the statement', async () => {
    const user = await server.register()
    const answer = await whileDatabaseFails(server, () => user.get('/api/rooms/'))
    expect(problemOf(answer)).toBe('503 unavailable')
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/)
    await vi.waitFor(() => ok(user.get('/api/rooms/')))
  })

  test('[C3] internal reveals no details, which the log has under the request id', async () => {
    const user = await server.register()
    const room = await user.createRoom()
    await using database = await openDatabase(server)
    await database.execute('alter table messages rename to messages_elsewhere')
    const answer = await user.get(`/api/messages/${room.id}/`)
    await database.execute('alter table messages_elsewhere rename to messages')
    expect(problemOf(answer)).toBe('500 internal')
    expect(answer.text).not.toMatch(/messages|relation|select|42P01/i)
    const requestId = answer.headers.get('x-request-id')
    const lines = server.log.filter(
      ({ level, fields }) => level === 'error' && fields['requestId'] === requestId,
    )
    expect(lines.map(({ fields }) => String(fields['error']))).toEqual([
      expect.stringContaining('relation "messages" does not exist'),
    ])
  })
})

/** Returns every field of a body, and those of its inner objects. */
function fieldsOf(value: unknown): [string, unknown][] {
  if (typeof value !== 'object' || value === null) return []
  const own = Object.entries(value)
  return [...(Array.isArray(value) ? [] : own), ...own.flatMap(([, inner]) => fieldsOf(inner))]
}
