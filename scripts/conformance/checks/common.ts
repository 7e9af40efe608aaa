import { errorStatus } from '../../../src/protocol/errors.ts'
import { durableEvent, otherEvent } from '../../../src/protocol/socket.ts'
import { operations } from '../../../src/protocol/operations/index.ts'
import { type Answer, fieldsOf, type Loose, ok, refused, seenOf } from '../answer.ts'
import type { Check } from '../check.ts'
import { Broken, holds, like, same, Untried } from '../expect.ts'
import type { WorldUser, World } from '../world.ts'

/** Returns every field of a value, and those of its inner objects. */
function partsOf(value: unknown): [string, unknown][] {
  if (typeof value !== 'object' || value === null) return []
  const own = Object.entries(value)
  return [...(Array.isArray(value) ? [] : own), ...own.flatMap(([, inner]) => partsOf(inner))]
}

/** A room with 40 messages of 16 KB, each of 4,000 characters outside the Basic Multilingual Plane. */
export async function largeRoom(world: World): Promise<{ user: WorldUser; id: number }> {
  return await world.once('large room', async () => {
    const user = await world.user('max')
    const { id } = await user.createRoom()
    const text = '\u{1d4d0}'.repeat(4_000)
    for (let sent = 0; sent < 40; sent += 4) {
      await Promise.all([0, 1, 2, 3].map(async () => await user.send(id, text)))
    }
    return { user, id: Number(id) }
  })
}

export const rateLimitHeaders = ['ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset']

function limitOf(answer: Answer): { limit: number; remaining: number; reset: number } {
  const [limit = NaN, remaining = NaN, reset = NaN] = rateLimitHeaders.map((name) =>
    Number(answer.headers[name] ?? NaN),
  )
  if (![limit, remaining, reset].every(Number.isInteger)) {
    throw new Broken(
      `the headers ${rateLimitHeaders.join(', ')}`,
      `${answer.of}: ${JSON.stringify(answer.headers)}`,
    )
  }
  return { limit, remaining, reset }
}

export const commonChecks: readonly Check[] = [
  {
    rule: 'C1',
    title: 'names are snake_case, ids integers below 2^53, times UTC with milliseconds and Z',
    async run(world) {
      const [ana, ben] = await world.users('ana', 'ben')
      const room = await ana.roomWith(ben)
      await ana.send(room.id, 'hello')
      const paths = [
        '/api/rooms/',
        '/api/users/me/',
        '/api/users/',
        '/api/sessions/',
        `/api/rooms/${room.id}/`,
        `/api/rooms/${room.id}/members/`,
        `/api/rooms/${room.id}/events/`,
        `/api/messages/${room.id}/`,
      ]
      for (const path of paths) {
        const answer = await ana.get(path)
        const wrong = partsOf(await ok(answer, 200)).find(([name, value]) => {
          if (!/^[a-z][a-z0-9_]*$/.test(name)) return true
          if (/^id$|(?<!client)_id$/.test(name))
            return value !== null && !Number.isSafeInteger(value)
          const isTime = name === 'timestamp' || (name.endsWith('_at') && value !== null)
          return isTime && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(String(value))
        })
        same(`names, ids or times of a wrong form in ${path}`, wrong, undefined)
        holds(
          (answer.headers['content-type'] ?? '').startsWith('application/json'),
          'application/json',
          seenOf(answer),
        )
      }
    },
  },
  {
    rule: 'C1',
    title: 'an id that is not an integer below 2^53 is refused',
    async run(world) {
      const ana = await world.user('ana')
      for (const id of ['1', 1.5, 0, -1, 2 ** 53, null, true]) {
        const { errors } = await refused(
          ana.post('/api/messages/', { room_id: id, message: 'hi' }),
          'bad_request',
        )
        same(`the field of the error for room_id ${id}`, errors?.[0]?.field, 'room_id')
      }
    },
  },
  {
    rule: 'C2',
    title: 'every path works with and without its trailing slash',
    async run(world) {
      const ana = await world.user('ana')
      const room = await ana.createRoom()
      const paths = [
        '/api/health',
        '/api/users/me',
        '/api/rooms',
        `/api/rooms/${room.id}`,
        `/api/messages/${room.id}`,
      ]
      for (const path of paths) {
        await ok(ana.get(path), 200)
        await ok(ana.get(`${path}/`), 200)
      }
      await ok(ana.get('/api/%72ooms/'), 200)
    },
  },
  {
    rule: 'C2',
    title: 'a path that normalization would change is a bad_request',
    async run(world) {
      const ana = await world.user('ana')
      for (const path of [
        '/api/x/..%2Flogin',
        '/api/x/%2e%2e/rooms/',
        '/api/%2E/rooms/',
        '/api/log%09in',
        '/api/rooms%5C1/',
        '/api/room%2573/',
        '/api/%ff/',
      ]) {
        await refused(ana.get(path), 'bad_request')
      }
    },
  },
  {
    rule: 'C3',
    title: 'each kind of refusal is a problem document with its status and code',
    async run(world) {
      const [ana, ben] = await world.users('ana', 'ben')
      const name = world.word('r')
      const room = await ana.createRoom({ name })
      await refused(world.call('GET', '/api/rooms/'), 'unauthenticated')
      await refused(ben.post('/api/messages/', { room_id: room.id, message: 'hi' }), 'forbidden')
      await refused(ana.get('/api/nothing/here/'), 'not_found')
      await refused(ana.get(`/api/rooms/${Number.MAX_SAFE_INTEGER}/`), 'not_found')
      await refused(ana.post('/api/rooms/', { title: 'x', name }), 'conflict')
      await refused(
        ana.post('/api/rooms/', { title: 'x', more: 'x'.repeat(65 * 1_024) }),
        'too_large',
      )
      const encoded = { headers: { 'Content-Encoding': 'gzip' } }
      await refused(
        ana.call('POST', '/api/rooms/', { title: 'x' }, encoded),
        'unsupported_media_type',
      )
      for (const body of ['{', 'null', '[]', '"text"']) {
        await refused(ana.post('/api/rooms/', body), 'bad_request')
      }
      const problem = await refused(ana.post('/api/rooms/', { kind: 'none' }), 'bad_request')
      same('the fields of errors', fieldsOf(problem), 'kind, title')
      // Unknown fields of a body are ignored. No body counts as {}.
      await ok(ana.post(`/api/rooms/${room.id}/leave/`, ''), 204)
      await ok(ana.post('/api/rooms/', { title: world.word(), unknown: 1 }), 201)
    },
  },
  {
    rule: 'C3',
    title: 'another method is a 405 with Allow, OPTIONS a 204 with the same',
    async run(world) {
      const ana = await world.user('ana')
      for (const [path, method, own] of [
        ['/api/login/', 'GET', ['POST']],
        ['/api/rooms/', 'PUT', ['GET', 'POST']],
        ['/api/rooms/1/', 'POST', ['DELETE', 'GET', 'PATCH']],
      ] as const) {
        const answer = await ana.call(method, path)
        await refused(answer, 'method_not_allowed')
        const allowed = (answer.headers['allow'] ?? '').split(/, */)
        holds(
          own.every((each) => allowed.includes(each)),
          `Allow to list ${own.join(', ')}`,
          answer.headers,
        )
        holds(!allowed.includes(method), `Allow without ${method}`, answer.headers)
        const asked = await ana.call('OPTIONS', path)
        same(
          `OPTIONS ${path}`,
          [asked.status, asked.headers['allow']],
          [204, answer.headers['allow']],
        )
      }
    },
  },
  {
    rule: 'C3',
    title: 'every answer has its own X-Request-Id',
    async run(world) {
      const ana = await world.user('ana')
      const answers = [
        await ana.get('/api/users/me/'),
        await ana.get('/api/users/me/'),
        await ana.get('/api/nothing/'),
        await world.call('GET', '/api/users/me/'),
      ]
      const ids = answers.map(({ headers }) => headers['x-request-id'] ?? '')
      holds(
        ids.every((id) => id !== '') && new Set(ids).size === ids.length,
        'four different ids',
        ids,
      )
    },
  },
  {
    rule: 'C4',
    title: 'the links of pages lead forward and back through the whole list',
    async run(world) {
      const ana = await world.user('ana')
      const room = await ana.createRoom()
      for (let n = 1; n <= 5; n++) await ana.send(room.id, `message ${n}`)
      const seen: number[][] = []
      let path: string | null = `/api/rooms/${room.id}/events/?limit=2`
      while (path !== null && seen.length < 10) {
        const page: Loose = await ok(ana.get(path), 200)
        seen.push(page.results.map(({ seq }: Loose) => seq))
        path = page.next
      }
      same('the pages of the log', seen, [
        [1, 2],
        [3, 4],
        [5, 6],
      ])
      const newest = await ok(ana.get(`/api/messages/${room.id}/?limit=2`), 200)
      const older = await ok(ana.get(newest.previous), 200)
      const back = await ok(ana.get(older.next), 200)
      const seqs = [newest, older, back].map(({ results }) => results.map(({ seq }: Loose) => seq))
      same('the newest page, the one before it, and the way back', seqs, [
        [5, 6],
        [3, 4],
        [5, 6],
      ])
    },
  },
  {
    rule: 'C4',
    title:
      'a limit outside 1–100 and a query parameter that is wrong, unknown or double are refused',
    async run(world) {
      const ana = await world.user('ana')
      for (const query of [
        'limit=0',
        'limit=101',
        'limit=x',
        'limit=',
        'what=1',
        'limit=2&limit=3',
        'cursor=nonsense',
        'member=maybe',
      ]) {
        await refused(ana.get(`/api/rooms/?${query}`), 'bad_request')
      }
      for (const limit of [1, 100]) await ok(ana.get(`/api/rooms/?limit=${limit}`), 200)
    },
  },
  {
    rule: 'C4',
    title: 'a page ends early at 256 KB, and the next pages have the rest',
    async run(world) {
      const { user, id } = await largeRoom(world)
      const answer = await user.get(`/api/messages/${id}/?limit=100`)
      const { results, previous } = await ok(answer, 200)
      holds(
        results.length < 40 && previous !== null,
        'fewer than all 40 messages of 16 KB, and a previous page',
        `${results.length} messages`,
      )
      const seqs = results.map(({ seq }: Loose) => seq)
      let path = previous
      while (typeof path === 'string' && seqs.length < 100) {
        const page = await ok(user.get(path), 200)
        seqs.unshift(...page.results.map(({ seq }: Loose) => seq))
        path = page.previous
      }
      same(
        'the messages of all pages',
        seqs,
        Array.from({ length: 40 }, (_, at) => at + 2),
      )
    },
  },
  {
    rule: 'C4',
    title: 'every answer says Cache-Control: no-store',
    async run(world) {
      const ana = await world.user('ana')
      const answers = [
        await ana.get('/api/users/me/'),
        await ana.get('/api/nothing/'),
        await world.call('GET', '/api/rooms/'),
        await world.call('GET', '/api/health/'),
      ]
      for (const answer of answers)
        same(`Cache-Control of ${answer.of}`, answer.headers['cache-control'], 'no-store')
    },
  },
  {
    rule: 'C5',
    title: 'a request without a valid access token is a 401',
    async run(world) {
      const ana = await world.user('ana')
      const [head = '', payload = '', signature = ''] = ana.access.split('.')
      const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')
      const other = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`
      for (const authorization of [
        undefined,
        'Bearer',
        'Bearer nonsense',
        `Basic ${ana.access}`,
        `Bearer ${head}.${payload}.${other}`,
        `Bearer ${none}.${payload}.`,
        `Bearer ${ana.refresh}`,
      ]) {
        const headers: Record<string, string> =
          authorization === undefined ? {} : { Authorization: authorization }
        const answer = await world.call('GET', '/api/users/me/', { headers })
        await refused(answer, 'unauthenticated')
        holds(
          (answer.headers['www-authenticate'] ?? '').startsWith('Bearer'),
          'WWW-Authenticate: Bearer',
          answer.headers,
        )
      }
    },
  },
  {
    rule: 'C5',
    title: 'a 401 comes before all other errors except those of path and method',
    async run(world) {
      await refused(world.call('POST', '/api/rooms/', { body: '{' }), 'unauthenticated')
      await refused(world.call('GET', '/api/rooms/?limit=0'), 'unauthenticated')
      await refused(world.call('GET', `/api/rooms/${Number.MAX_SAFE_INTEGER}/`), 'unauthenticated')
      await refused(world.call('PUT', '/api/rooms/'), 'method_not_allowed')
      await refused(world.call('GET', '/api/nothing/'), 'not_found')
    },
  },
  {
    rule: 'C5',
    title: 'an access token is valid no longer than its session',
    async run(world) {
      const ben = await world.user('ben')
      const other = await ben.login()
      await ok(other.get('/api/users/me/'), 200)
      await ok(other.post('/api/logout/'), 204)
      await refused(other.get('/api/users/me/'), 'session_revoked')
      await ok(ben.get('/api/users/me/'), 200)
    },
  },
  {
    rule: 'C6',
    title: 'operations with a narrower limit report its state, and a refused send costs nothing',
    async run(world) {
      const ana = await world.user('ana')
      const room = await ana.createRoom()
      const send = async (message: string) =>
        await ana.post('/api/messages/', { room_id: room.id, message })
      const first = limitOf(await send('one'))
      const refusal = limitOf(await send(''))
      const second = limitOf(await send('two'))
      same('the limit', [first.limit, refusal.limit], [second.limit, second.limit])
      // Time gives some of the limit back.
      holds(refusal.remaining >= first.remaining, 'a refused send to cost nothing', {
        first,
        refusal,
      })
      holds(second.remaining < first.limit, 'a send to be counted', second)
      limitOf(await ana.get('/api/search/?q=nothing'))
      limitOf(await ana.patch('/api/users/me/', { bio: '' }))
      limitOf(await ana.patch(`/api/rooms/${room.id}/`, { description: 'x' }))
    },
  },
  {
    rule: 'C6',
    title: 'a user over a limit gets 429, which says when to try again',
    async run(world) {
      const max = await world.user('max')
      const charged = async () =>
        await max.call('DELETE', '/api/users/me/blocks/nobody_here/', undefined, { waits: false })
      let answer = await charged()
      const { limit, remaining } = limitOf(answer)
      if (remaining > 200)
        throw new Untried(`the limit for changes of the profile is ${limit}: too many for a try`)
      // Time gives some of the limit back, so this sends a few more than remain.
      for (let n = 0; n < remaining + 20 && answer.status !== 429; n++) answer = await charged()
      const { detail } = await refused(answer, 'rate_limited')
      same('RateLimit-Remaining', limitOf(answer).remaining, 0)
      holds(
        /^[1-9]\d*$/.test(answer.headers['retry-after'] ?? ''),
        'Retry-After with seconds',
        answer.headers,
      )
      holds(/\d/.test(String(detail)), 'a detail that says when to try again', detail)
      // The limit applies to these operations alone.
      await ok(max.get('/api/users/me/'), 200)
    },
  },
  {
    rule: 'C7',
    title: 'a private room answers a stranger exactly as a room that does not exist',
    async run(world) {
      const [ana, eve] = await world.users('ana', 'eve')
      const room = await ana.createRoom({ kind: 'private' })
      const message = await ana.send(room.id, 'secret')
      const absent = Number.MAX_SAFE_INTEGER
      const requests: [string, (id: number) => string, unknown?][] = [
        ['GET', (id) => `/api/rooms/${id}/`],
        ['PATCH', (id) => `/api/rooms/${id}/`, { title: 'x' }],
        ['DELETE', (id) => `/api/rooms/${id}/`],
        ['POST', (id) => `/api/rooms/${id}/join/`, {}],
        ['POST', (id) => `/api/rooms/${id}/leave/`, {}],
        ['POST', (id) => `/api/rooms/${id}/read/`, { seq: 1 }],
        ['PUT', (id) => `/api/rooms/${id}/notify/`, { notify: 'all' }],
        ['GET', (id) => `/api/rooms/${id}/members/`],
        ['GET', (id) => `/api/rooms/${id}/events/`],
        ['GET', (id) => `/api/rooms/${id}/bans/`],
        ['PUT', (id) => `/api/rooms/${id}/members/${eve.username}/`, {}],
        ['GET', (id) => `/api/messages/${id}/`],
        ['PATCH', (id) => `/api/messages/${id}/${message.seq}/`, { message: 'x' }],
        ['DELETE', (id) => `/api/messages/${id}/${message.seq}/`],
        ['GET', (id) => `/api/search/?q=secret&room_id=${id}`],
      ]
      for (const [method, path, body] of requests) {
        const [seen, expected] = [
          await eve.call(method, path(room.id), body),
          await eve.call(method, path(absent), body),
        ]
        await refused(expected, 'not_found')
        same(`the answer to ${seen.of}`, [seen.status, seen.text], [expected.status, expected.text])
      }
      const send = async (id: number) =>
        await eve.post('/api/messages/', { room_id: id, message: 'x' })
      same('the answer to a send', (await send(room.id)).text, (await send(absent)).text)
    },
  },
  {
    rule: 'C8',
    title: 'the OpenAPI and the AsyncAPI document have every operation and every event',
    async run(world) {
      const openapi = await ok(world.call('GET', '/api/openapi.json'), 200)
      holds(String(openapi.openapi).startsWith('3.1.'), 'OpenAPI 3.1', openapi.openapi)
      const missing = Object.values(operations).filter(
        ({ method, path }) => openapi.paths?.[path]?.[method.toLowerCase()] === undefined,
      )
      same(
        'the operations that it lacks',
        missing.map(({ method, path }) => `${method} ${path}`),
        [],
      )
      const asyncapi = await ok(world.call('GET', '/api/asyncapi.json'), 200)
      holds(String(asyncapi.asyncapi).startsWith('3.0.'), 'AsyncAPI 3.0', asyncapi.asyncapi)
      const text = JSON.stringify(asyncapi)
      const types = [...durableEvent.options, ...otherEvent.options].map(
        ({ shape }) => shape.type.value,
      )
      same(
        'the events that it lacks',
        types.filter((type) => !text.includes(`"${type}"`)),
        [],
      )
      const docs = await world.call('GET', '/api/docs/')
      holds(
        docs.status === 200 && /html/.test(docs.headers['content-type'] ?? ''),
        'a page that shows them at /api/docs/',
        seenOf(docs),
      )
    },
  },
  {
    rule: 'C3',
    title: 'every error code is one of the documented list',
    async run(world) {
      const ana = await world.user('ana')
      for (const [method, path] of [
        ['GET', '/api/rooms/x/'],
        ['PATCH', '/api/users/me/'],
        ['GET', '/api/search/'],
        ['DELETE', '/api/sessions/x/'],
      ] as const) {
        const { code, status } =
          (await ana.call(method, path, method === 'PATCH' ? {} : undefined)).body ?? {}
        like(
          `the status of ${String(code)}`,
          { status },
          { status: Reflect.get(errorStatus, String(code)) },
        )
      }
    },
  },
]
