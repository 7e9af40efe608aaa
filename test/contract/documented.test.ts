/** Causes the answers that every operation documents, for each of them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bodyMaxBytes } from '../../src/protocol/limits.ts'
import { operations } from '../../src/protocol/operations/index.ts'
import { startTestServer, type TestServer } from '../support/chat-server.ts'
import { findOperation } from '../../src/protocol/operations/find-operation.ts'
import { testPassword, type TestUser } from '../support/test-user.ts'
import {
  callRoute,
  closedRoutes,
  makeScene,
  pathOf,
  type Route,
  routes,
  type Scene,
  titled,
} from '../support/routes.ts'
import { problemOf } from '../support/answers.ts'
import { openSocket } from '../support/open-socket.ts'
import { openDatabase } from '../support/watch-database.ts'

const server = await startTestServer()
afterAll(() => server[Symbol.asyncDispose]())

// Refused requests change nothing, so all routes share one scene.
let scene: Scene
beforeAll(async () => {
  scene = await makeScene(server)
})

function operationOf(route: Route) {
  const found = findOperation(route.method, pathOf(route, scene))
  if (!found) throw new Error(`no operation is ${route.method} ${route.path}`)
  return found
}

const failing = routes.filter(
  ({ method, path }) => !findOperation(method, path)?.operation.neverFails,
)
const withBody = routes.filter(({ method, path }) => findOperation(method, path)?.operation.body)
const withQuery = routes.filter(({ method, path }) => findOperation(method, path)?.operation.query)

test('the tables of tests have a route for every operation', () => {
  const tested = new Set(routes.map((route) => operationOf(route).id))
  expect([...tested].toSorted()).toEqual(Object.keys(operations).toSorted())
})

describe('[C3] a wrong request', () => {
  test.each(titled(withBody))('[C3] $name refuses a body that is not JSON', async ({ route }) => {
    expect(problemOf(await callWith(route, '{'))).toBe('400 bad_request')
  })

  test.each(titled(withBody))('[C3] $name refuses a body of more than 64 KB', async ({ route }) => {
    expect(problemOf(await callWith(route, ' '.repeat(bodyMaxBytes + 1)))).toBe('413 too_large')
  })

  test.each(titled(withBody))('[C3] $name refuses an encoded body', async ({ route }) => {
    const answer = await callWith(route, '{}', { 'Content-Encoding': 'gzip' })
    expect(problemOf(answer)).toBe('415 unsupported_media_type')
    expect(answer.headers.get('accept-encoding')).toBe('identity')
  })

  test.each(titled(withQuery))('[C4] $name refuses an unknown parameter', async ({ route }) => {
    const { access } = scene.caller
    const answer = await server.call(
      route.method,
      `${pathOf(route, scene)}/?a=1`,
      undefined,
      access,
    )
    expect(problemOf(answer)).toBe('400 bad_request')
  })
})

describe('[C6] over the limit', () => {
  const one = { count: 1, seconds: 600 }
  let limited: TestServer
  beforeAll(async () => {
    const limits = { requests: one, requestsPerAddress: one }
    limited = await startTestServer({ database: server.database, limits })
    await limited.call('GET', '/api/users/me/', undefined, scene.caller.access)
    await limited.call('GET', '/api/health/')
  })
  afterAll(() => limited[Symbol.asyncDispose]())

  test.each(titled(routes))(
    '[C6] $name is refused, and says when to try again',
    async ({ route }) => {
      const answer = await callRoute(route, { ...scene, server: limited })
      expect(problemOf(answer)).toBe('429 rate_limited')
      const retryAfter = Number(answer.headers.get('retry-after'))
      expect(retryAfter).toBeGreaterThan(590)
      expect(answer.body.detail).toMatch(new RegExp(`: try again in ${retryAfter} s$`))
      const headers = ['limit', 'remaining', 'reset'].map((name) =>
        answer.headers.get(`ratelimit-${name}`),
      )
      expect(headers).toEqual(['1', '0', String(retryAfter)])
    },
  )
})

async function makeSuspended(): Promise<Scene> {
  const made = await makeScene(server)
  await suspend(made.caller)
  return made
}

describe('a suspended account', () => {
  // A refused request changes nothing. A route that is open changes its scene, so it gets its own.
  let shared: Scene
  beforeAll(async () => {
    shared = await makeSuspended()
  })

  test.each(titled(closedRoutes))(
    '[C5] $name is refused to it, or open to it as documented',
    async ({ route }) => {
      const isOpen = operationOf(route).operation.isForSuspended
      const { status, text } = await callRoute(route, isOpen ? await makeSuspended() : shared)
      const expected = isOpen ? route.status : 403
      expect({ status, text }).toMatchObject({ status: expected })
    },
  )

  test('[A2, A3] neither logs in nor refreshes', async () => {
    const user = await server.register()
    await suspend(user)
    const { username, refresh } = user
    const password = testPassword
    const answers = [
      await server.call('POST', '/api/login/', { username, password }),
      await server.call('POST', '/api/token/refresh/', { refresh }),
    ]
    expect(answers.map(problemOf)).toEqual(['403 forbidden', '403 forbidden'])
  })
})

describe('[C3] without a database', () => {
  let absent: TestServer
  beforeAll(async () => {
    absent = await startTestServer({
      database: {
        connection: { ...server.database.connection, host: '/nowhere' },
        [Symbol.asyncDispose]: async () => undefined,
      },
    })
  })
  afterAll(() => absent[Symbol.asyncDispose]())

  // Over the Data API most of these requests wait between their retries. So they run at once.
  test.concurrent.each(titled(failing))('[C3] $name is unavailable', async ({ route }) => {
    expect(problemOf(await callRoute(route, { ...scene, server: absent }))).toBe('503 unavailable')
  })

  describe('that works', () => {
    const tables = ['sessions', 'rate_limits']
    const rename = async (from: string, to: string) => {
      await using database = await openDatabase(server)
      for (const table of tables) {
        await database.execute(`alter table ${table}${from} rename to ${table}${to}`)
      }
    }
    beforeAll(() => rename('', '_elsewhere'))
    afterAll(() => rename('_elsewhere', ''))

    test.each(titled(failing))('[C3] $name reveals nothing of the failure', async ({ route }) => {
      const answer = await callRoute(route, scene)
      expect(problemOf(answer)).toBe('500 internal')
      expect(answer.text).not.toMatch(/sessions|rate_limits|relation|42P01/)
    })
  })

  test('[C3] health reports the failure', async () => {
    const answer = await absent.call('GET', '/api/health/')
    expect(answer).toMatchObject({
      status: 503,
      body: { status: 'degraded', database: 'unavailable' },
    })
  })

  test('[W10] a frame reveals nothing of the failure, and the socket stays', async () => {
    const { room, caller } = scene
    await using socket = await openSocket(caller)
    await using database = await openDatabase(server)
    await database.execute('alter table messages rename to messages_elsewhere')
    const frame = { action: 'sendmessage', room_id: room, message: 'hi' }
    const answer = await socket.ask(frame)
    await database.execute('alter table messages_elsewhere rename to messages')
    expect(answer).toMatchObject({ type: 'error', code: 'internal', retryable: true })
    expect(answer.message).not.toMatch(/messages|relation|42P01/)
    expect(await socket.ask(frame)).toMatchObject({ type: 'ack' })
  })
})

async function callWith(route: Route, body: string, headers?: Record<string, string>) {
  const { access } = scene.caller
  return await server.call(route.method, `${pathOf(route, scene)}/`, body, access, headers)
}

async function suspend(caller: TestUser): Promise<void> {
  await using database = await openDatabase(server)
  await database.execute('update users set suspended_at = now() where id = $1', [caller.id])
}
