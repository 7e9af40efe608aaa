/** One user or one address can block neither the server nor other users' rooms, however many requests come at once. */
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { readLimits } from '../../../functions/env.ts'
import { recipientsAtOnce } from '../../../src/protocol/limits.ts'
import { storeMessages } from '../../../src/core/messages/send-messages.ts'
import { recentMs } from '../../../src/core/messages/recently-published.ts'
import { createProcessLimits } from '../../../src/core/limits/process-limits.ts'
import { historyOf, ok, problemOf } from '../../support/answers.ts'
import { join } from '../../support/memberships.ts'
import { logOf, openSimple, openSocket, refusal } from '../../support/open-socket.ts'
import { sessionOf, signToken } from '../../support/sign-token.ts'
import { statementsDuring } from '../../support/watch-database.ts'
import { Barrier, Observer } from '../../support/barrier.ts'
import type { Answer } from '../../support/api-client.ts'
import { startTestServer, type TestServer } from '../../support/chat-server.ts'
import { skipTime } from '../../support/skip-time.ts'
import type { TestSocket } from '../../support/test-socket.ts'
import type { TestUser } from '../../support/test-user.ts'

const atOnce = 4

/** Counts the answers by status. */
function countStatuses(answers: readonly Answer[]): Record<number, number> {
  const counts: Record<number, number> = {}
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1
  return counts
}

/** Returns the outcome of a request that counts as a send, and how many sends are left. */
async function left(answering: Promise<Answer>): Promise<string> {
  const { status, headers } = await answering
  return `${status}: ${headers.get('ratelimit-remaining')} of ${headers.get('ratelimit-limit')}`
}

/** Starts another process over the same database. */
async function startBeside(server: TestServer, options: Parameters<typeof startTestServer>[0]) {
  return await startTestServer({ ...options, database: server.database })
}

async function closeAll(sockets: readonly TestSocket[]): Promise<void> {
  await Promise.all(sockets.map((socket) => socket.close()))
}

describe('concurrent requests of a user', () => {
  test('[C6] hold a few database connections, and leave the others to everybody else', async () => {
    await using server = await startTestServer({ limits: { requestsAtOnce: atOnce } })
    await using observer = await Observer.of(server.database)
    const [ann, ben] = [await server.register(), await server.register()]
    const room = await ann.createRoom()
    await using barrier = await Barrier.hold(server.database, 'rooms where id = $1', room.id)
    const patches = Array.from({ length: 50 }, (_, n) =>
      ann.patch(`/api/rooms/${room.id}/`, { title: `Title ${n}` }),
    )
    await observer.waiting(atOnce)
    // If more were admitted, they would be waiting by now: each of these requests goes through the same pool.
    for (let n = 0; n < 20; n++) await ok(ben.get('/api/rooms/'))
    expect(await observer.countWaiting()).toBe(atOnce)
    await barrier.release()
    expect(countStatuses(await Promise.all(patches))).toEqual({ 200: 50 })
  })

  test('[W9] hold a few database connections even on many sockets, for many rooms', async () => {
    await using server = await startTestServer({ limits: { requestsAtOnce: atOnce } })
    await using observer = await Observer.of(server.database)
    const [ann, ben] = [await server.register(), await server.register()]
    const sockets = await Promise.all(Array.from({ length: 20 }, () => ann.connect()))
    const rooms = await Promise.all(sockets.map(() => ann.createRoom()))
    await using theirs = await openSocket(ben)
    await using barrier = await Barrier.hold(
      server.database,
      'rooms where created_by = $1 order by id',
      ann.id,
    )
    const acks = sockets.map((socket, n) =>
      socket.ask({ action: 'sendmessage', room_id: rooms[n]!.id, message: 'hi' }),
    )
    await observer.waiting(atOnce)
    for (let n = 0; n < 20; n++) {
      expect(await theirs.ask({ action: 'heads' })).toMatchObject({ type: 'heads' })
    }
    expect(await observer.countWaiting()).toBe(atOnce)
    await barrier.release()
    expect((await Promise.all(acks)).map(({ type }) => type)).toEqual(Array(20).fill('ack'))
    await closeAll(sockets)
  })

  test('[W2] hold one database connection when they are new sockets', async () => {
    await using server = await startTestServer({ limits: { requestsAtOnce: atOnce } })
    await using observer = await Observer.of(server.database)
    const [ann, ben] = [await server.register(), await server.register()]
    await using barrier = await Barrier.hold(server.database, 'users where id = $1', ann.id)
    const opening = Array.from({ length: 40 }, () => ann.connect())
    await observer.waiting(1)
    await using theirs = await openSocket(ben)
    expect(await theirs.ask({ action: 'heads' })).toMatchObject({ type: 'heads' })
    expect(await observer.countWaiting()).toBe(1)
    await barrier.release()
    await closeAll(await Promise.all(opening))
  })

  test('[C6] are refused when too many already wait, and then cost nothing', async () => {
    await using server = await startTestServer({ limits: { requestsAtOnce: 1 } })
    await using observer = await Observer.of(server.database)
    const ann = await server.register()
    const room = await ann.createRoom()
    await using barrier = await Barrier.hold(server.database, 'rooms where id = $1', room.id)
    const patches = Array.from({ length: 300 }, (_, n) =>
      ann.patch(`/api/rooms/${room.id}/`, { title: `Title ${n}` }),
    )
    const refused: Answer[] = []
    for (const patch of patches) void patch.then((answer) => refused.push(answer))
    // One request runs, and 200 wait.
    await expect.poll(() => refused.length, { timeout: 15_000 }).toBe(99)
    for (const answer of refused) {
      expect(problemOf(answer)).toBe('429 rate_limited')
      expect(answer.body.detail).toBe('too many requests at once: try again in 1 s')
      expect(answer.headers.get('retry-after')).toBe('1')
    }
    expect(await observer.countWaiting()).toBe(1)
    await barrier.release()
    expect(countStatuses(await Promise.all(patches))).toEqual({ 200: 201, 429: 99 })
  })
})

describe('[C6] requests of a user', () => {
  test('[C6] over the limit are refused without a statement, for any operation, and no other user’s are', async () => {
    await using server = await startTestServer({ limits: { requests: { count: 3, seconds: 60 } } })
    const [ann, ben] = [await server.register(), await server.register()]
    const elsewhere = await ann.login()
    for (const user of [ann, elsewhere, ann]) await ok(user.get('/api/users/me/'))
    const statements = await statementsDuring(server, async () => {
      for (const work of [
        () => ann.get('/api/rooms/'),
        () => elsewhere.post('/api/rooms/', { title: 'One more' }),
        () => ann.post('/api/messages/', '{'),
      ]) {
        const refused = await work()
        expect(problemOf(refused)).toBe('429 rate_limited')
        expect(refused.body.detail).toMatch(/^too many requests: try again in \d+ s$/)
        expect(refused.headers.get('ratelimit-limit')).toBe('3')
        expect(refused.headers.get('ratelimit-remaining')).toBe('0')
        expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
        expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(20)
      }
    })
    expect(statements).toEqual([])
    await ok(ben.get('/api/users/me/'))
    skipTime(20_000)
    await ok(ann.get('/api/users/me/'))
  })

  test('[C6] are counted for all processes together, in blocks', async () => {
    await using server = await startTestServer()
    const ann = await server.register()
    const limits = { ...readLimits({}), requests: { count: 400, seconds: 600 } }
    // Each process sees a sixth of the user's requests.
    const processes = Array.from({ length: 6 }, () => createProcessLimits(limits, server.db))
    let passed = 0
    const statements = await statementsDuring(server, async () => {
      for (let n = 0; n < 900; n++) {
        const state = await processes[n % 6]!.request(ann.id)
        if (state.retryAfterMs === undefined) passed += 1
      }
    })
    // The excess is at most what the processes have not counted yet.
    expect(passed).toBeGreaterThanOrEqual(400)
    expect(passed).toBeLessThanOrEqual(400 + 6 * 20)
    expect(statements.length).toBeLessThanOrEqual(400 / 20 + 6)
  })

  test.each([
    { name: 'joins and leaves', limit: 'joins', events: 6 },
    { name: 'changes of a room', limit: 'roomChanges', events: 6 },
  ] as const)('[C6] that write events have a narrower limit: $name', async ({ limit, events }) => {
    await using server = await startTestServer({
      limits: { [limit]: { count: 6, seconds: 600 } },
    })
    const [ann, ben] = [await server.register(), await server.register()]
    const room = await ann.createRoom()
    const path = `/api/rooms/${room.id}/`
    const before = (await ok(ann.get(path))).last_seq
    const answers = []
    for (let n = 0; n < 20; n++) {
      answers.push(
        limit === 'joins'
          ? await ben.post(`${path}${n % 2 === 0 ? 'join' : 'leave'}/`)
          : await ann.patch(path, { title: `Title ${n}` }),
      )
    }
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(14)
    expect((await ok(ann.get(path))).last_seq).toBe(before + events)
  })
})

test('[C6, W1] joins by socket are charged as joins, before the lock of a room', async () => {
  await using server = await startTestServer({ limits: { joins: { count: 3, seconds: 600 } } })
  await using observer = await Observer.of(server.database)
  const [ann, ben] = [await server.register(), await server.register()]
  const rooms = []
  for (let n = 0; n < 4; n++) rooms.push(await ann.createRoom())
  const open = (room: { name: string }) => ben.connect(`/ws/chat/${room.name}/`)
  const sockets = [await open(rooms[0]!), await open(rooms[1]!)]
  await ok(ben.post(`/api/rooms/${rooms[2]!.id}/join/`))
  {
    await using barrier = await Barrier.hold(server.database, 'rooms where id = $1', rooms[3]!.id)
    expect(await refusal(open(rooms[3]!))).toBe(429)
    expect(await observer.countWaiting()).toBe(0)
    await barrier.release()
  }
  expect((await ok(ann.get(`/api/rooms/${rooms[3]!.id}/`))).member_count).toBe(1)
  // A user who is already a member is not charged for a join.
  sockets.push(await open(rooms[0]!))
  await closeAll(sockets)
})

test("[W2] a user with too many open sockets waits for no room's lock", async () => {
  await using server = await startTestServer({ limits: { connectionsPerUser: 1 } })
  await using observer = await Observer.of(server.database)
  const ann = await server.register()
  const room = await ann.createRoom()
  await using _open = await openSocket(ann)
  await using barrier = await Barrier.hold(server.database, 'rooms where id = $1', room.id)
  expect(await refusal(ann.connect(`/ws/chat/${room.name}/`))).toBe(429)
  expect(await observer.countWaiting()).toBe(0)
  await barrier.release()
})

describe('[C6] requests without a user', () => {
  test('[C6] are charged to their address, and requests of users are not', async () => {
    const requestsPerAddress = { count: 6, seconds: 60 }
    await using server = await startTestServer({ limits: { requestsPerAddress }, trustProxy: true })
    const ann = await server.register()
    const from = async (address: string, path: string, token?: string) =>
      await server.call('GET', path, undefined, token, { 'X-Forwarded-For': address })
    const bad = signToken(ann, {}, { kid: 'other', secret: 'x'.repeat(32) })
    const upgrade = async (address: string) =>
      await refusal(ann.connect('/ws/', { token: bad, headers: { 'X-Forwarded-For': address } }))
    for (const [path, token, status] of [
      ['/api/health/', undefined, 200],
      ['/api/openapi.json', undefined, 200],
      ['/api/asyncapi.json', undefined, 200],
      ['/api/rooms/', bad, 401],
      ['/api/nowhere/', undefined, 404],
    ] as const) {
      expect((await from('1.1.1.1', path, token)).status).toBe(status)
    }
    expect(await upgrade('1.1.1.1')).toBe(401)
    const statements = await statementsDuring(server, async () => {
      for (const [path, token] of [
        ['/api/health/', undefined],
        ['/api/openapi.json', undefined],
        ['/api/asyncapi.json', undefined],
        ['/api/rooms/', bad],
        ['/api/rooms/', undefined],
        ['/api/nowhere/', undefined],
      ] as const) {
        const refused = await from('1.1.1.1', path, token)
        expect(refused.status).toBe(429)
        expect(refused.body.detail).toMatch(/^too many requests from this address: try again in /)
        expect(refused.headers.get('ratelimit-limit')).toBe('6')
      }
      expect(await upgrade('1.1.1.1')).toBe(429)
    })
    expect(statements).toEqual([])
    expect((await from('1.1.1.1', '/api/rooms/', ann.access)).status).toBe(200)
    expect((await from('2.2.2.2', '/api/health/')).status).toBe(200)
    expect(await upgrade('2.2.2.2')).toBe(401)
  })

  test('[C6] to log in hold a few database connections, for any account', async () => {
    await using server = await startTestServer({ limits: { requestsAtOnce: atOnce } })
    await using observer = await Observer.of(server.database)
    const ben = await server.register()
    await using barrier = await Barrier.doing(server.database, 'lock table rate_limits')
    const logins = Array.from({ length: 50 }, (_, n) =>
      server.call('POST', '/api/login/', { username: `nobody_${n}`, password: 'a guess' }),
    )
    await observer.waiting(atOnce)
    for (let n = 0; n < 20; n++) await ok(ben.get('/api/rooms/'))
    expect(await observer.countWaiting()).toBe(atOnce)
    await barrier.release()
    expect(countStatuses(await Promise.all(logins))).toEqual({ 401: 50 })
  })

  test('[C1] health asks the database once per second, however many requests come', async () => {
    await using server = await startTestServer()
    const askMany = async () => {
      const answers = await Promise.all(
        Array.from({ length: 50 }, () => server.call('GET', '/api/health/')),
      )
      expect(countStatuses(answers)).toEqual({ 200: 50 })
    }
    expect(await statementsDuring(server, askMany)).toHaveLength(1)
    skipTime(1_000)
    expect(await statementsDuring(server, askMany)).toHaveLength(1)
  })
})

describe('[W9] a user over the limit', () => {
  const limits = { sends: { count: 1, seconds: 600 } }

  test('[W9] is refused before the room is locked, for every send or change', async () => {
    await using server = await startTestServer({ limits })
    const [ann, ben] = [await server.register(), await server.register()]
    const room = await ann.createRoom()
    await join(room, ben)
    const { seq } = await ok(ben.send(room.id, 'the only one'))
    await using socket = await openSocket(ben)
    // A refusal does not wait for the room, while another transaction holds it.
    await using barrier = await Barrier.hold(server.database, 'rooms where id = $1', room.id)
    const path = `/api/messages/${room.id}/${seq}/`
    for (const work of [
      () => ben.send(room.id, 'one too many'),
      () => ben.patch(path, { message: 'changed' }),
      () => ben.put(`${path}reactions/👍/`),
      () => ben.delete(path),
    ]) {
      const refused = await work()
      expect(problemOf(refused)).toBe('429 rate_limited')
      expect(refused.body.detail).toMatch(
        /^too many messages and changes of messages: try again in \d+ s$/,
      )
      expect(refused.headers.get('ratelimit-remaining')).toBe('0')
    }
    const frame = { action: 'sendmessage', room_id: room.id, message: 'one too many' }
    expect(await socket.ask(frame)).toMatchObject({ type: 'error', code: 'rate_limited' })
    // Changes that are not allowed, or change nothing, do not wait either.
    expect(problemOf(await ann.patch(path, { message: 'not hers' }))).toBe('403 forbidden')
    expect((await ben.patch(path, { message: 'the only one' })).status).toBe(200)
    await barrier.release()
  })

  test('[W9] is refused before the room is locked even in a batch, unless others of the batch lock it', async () => {
    await using server = await startTestServer()
    await using observer = await Observer.of(server.database)
    const [ann, ben] = [await server.register(), await server.register()]
    const room = await ann.createRoom()
    await join(room, ben)
    let names = 0
    const batchOf = (...users: TestUser[]) =>
      storeMessages(
        server.db,
        { ...readLimits({}), ...limits },
        users.map((user) => ({
          sessionId: sessionOf(user),
          roomId: room.id,
          text: 'hi',
          clientId: `batch ${++names}`,
        })),
      )
    await batchOf(ben)
    await using barrier = await Barrier.hold(server.database, 'rooms where id = $1', room.id)
    const refused = await batchOf(ben, ben, ben).then(({ outcomes }) => outcomes)
    expect(refused).toMatchObject(
      [1, 2, 3].map(() => ({
        code: 'rate_limited',
        message: expect.stringContaining('try again in'),
      })),
    )
    const mixed = batchOf(ben, ann, ann)
    await observer.waiting(1)
    await barrier.release()
    expect((await mixed).outcomes).toMatchObject([
      { code: 'rate_limited' },
      { isDuplicate: false },
      { code: 'rate_limited' },
    ])
  })
})

describe('[W9] the size of a message', () => {
  const large = '漢'.repeat(4_000)

  test('[W9] counts: each started 2,000 characters are one of the sends, also in an edit', async () => {
    await using server = await startTestServer({ limits: { sends: { count: 10, seconds: 600 } } })
    const ann = await server.register()
    const room = await ann.createRoom()
    const { seq } = await ok(ann.send(room.id, 'x'))
    const path = `/api/messages/${room.id}/${seq}/`
    expect([
      await left(ann.send(room.id, '漢'.repeat(2_000))),
      await left(ann.send(room.id, '😀'.repeat(2_001))),
      await left(ann.patch(path, { message: large })),
      // It is exactly as long as before.
      await left(ann.patch(path, { message: large })),
      await left(ann.send(room.id, large)),
      await left(ann.send(room.id, 'x')),
      await left(ann.put(`${path}reactions/👍/`)),
    ]).toEqual([
      '201: 8 of 10',
      '201: 6 of 10',
      '200: 4 of 10',
      '200: 4 of 10',
      '201: 2 of 10',
      '201: 1 of 10',
      '200: 0 of 10',
    ])
  })

  test('[W9] counts for a refusal, which says when the text fits, and a short text still fits', async () => {
    await using server = await startTestServer({ limits: { sends: { count: 2, seconds: 600 } } })
    const ann = await server.register()
    const room = await ann.createRoom()
    await ok(ann.send(room.id, 'x'))
    const refused = await ann.send(room.id, large)
    expect(problemOf(refused)).toBe('429 rate_limited')
    expect(refused.headers.get('ratelimit-remaining')).toBe('1')
    // One more send is free in 300 s.
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(280)
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(300)
    expect((await ann.send(room.id, 'x')).status).toBe(201)
  })

  test('[W9] never counts for more than the limit', async () => {
    await using server = await startTestServer({ limits: { sends: { count: 1, seconds: 600 } } })
    const ann = await server.register()
    const room = await ann.createRoom()
    const sent = await ann.send(room.id, large)
    expect(sent.status).toBe(201)
    expect(sent.headers.get('ratelimit-remaining')).toBe('0')
  })
})

describe('[W9] frames of all sockets of a user', () => {
  const frames = { count: 5, seconds: 600 }

  test('[W9] share one bucket, and beyond it cost no statement', async () => {
    await using server = await startTestServer({ limits: { frames } })
    const [ann, ben] = [await server.register(), await server.register()]
    const room = await ann.createRoom()
    await join(room, ben)
    await using theirs = await openSocket(ben)
    const sockets = await Promise.all(Array.from({ length: 50 }, () => ann.connect()))
    const typing = { action: 'typing', room_id: room.id }
    const before = server.statements.length
    const statements = await statementsDuring(server, async () => {
      for (const socket of sockets) for (let n = 0; n < 6; n++) socket.send(typing)
      await Promise.all(sockets.map((socket) => socket.settle()))
      await expect
        .poll(() => sockets.flatMap((socket) => socket.ofType('error')).length)
        .toBe(50 * 6 - 5)
      // Accepted frames have no answer.
      await expect.poll(() => server.statements.length - before).toBeGreaterThanOrEqual(5)
    })
    expect(statements).toHaveLength(5)
    await theirs.settle()
    expect(theirs.ofType('typing').length).toBeLessThanOrEqual(5)
    expect(sockets.flatMap((socket) => socket.ofType('error'))[0]).toMatchObject({
      code: 'rate_limited',
      message: expect.stringMatching(/^too many frames: try again in \d+ s$/),
    })
    await closeAll(sockets)
  })

  test('[W9] share one bucket even over several processes, and with different frames', async () => {
    await using server = await startTestServer({ limits: { frames } })
    await using beside = await startBeside(server, { limits: { frames } })
    const ann = await server.register()
    const room = await ann.createRoom()
    await using one = await openSocket(ann)
    await using other = await openSocket(ann.at(beside))
    const send = { action: 'sendmessage', room_id: room.id, message: 'hi' }
    for (const socket of [one, other, one, other, one]) {
      expect((await socket.ask(send)).type).toBe('ack')
    }
    for (const frame of [send, { action: 'heads' }]) {
      expect(await other.ask(frame)).toMatchObject({
        type: 'error',
        code: 'rate_limited',
        message: expect.stringMatching(/^too many frames: try again in \d+ s$/),
      })
    }
    expect(await historyOf(ann, room.id)).toHaveLength(5)
  })

  test('[W9] are enough when fifty sockets come back at once', async () => {
    const { frames: standard, connects, requestsAtOnce } = readLimits({})
    await using server = await startTestServer({
      limits: { frames: standard, connects, requestsAtOnce },
    })
    const ann = await server.register()
    await ann.createRoom()
    for (const action of ['hello', 'heads']) {
      const sockets = await Promise.all(Array.from({ length: 50 }, () => ann.connect()))
      const answers = await Promise.all(sockets.map((socket) => socket.ask({ action })))
      expect(answers.map(({ type }) => type)).toEqual(Array(50).fill(action))
      await closeAll(sockets)
      await expect
        .poll(async () => (await server.db.selectFrom('connections').select('id').execute()).length)
        .toBe(0)
    }
  })
})

describe('[W2] new sockets of a user', () => {
  const connects = { count: 3, seconds: 600 }

  test('[W2] are limited, and one too many joins no room and costs no statement', async () => {
    await using server = await startTestServer({ limits: { connects } })
    const [ann, ben] = [await server.register(), await server.register()]
    const room = await ben.createRoom({ title: 'Open', name: 'open_to_all' })
    for (let n = 0; n < 3; n++) await (await ann.connect()).close()
    const statements = await statementsDuring(server, async () => {
      expect(await refusal(ann.connect(`/ws/chat/${room.name}/`))).toBe(429)
    })
    expect(statements.filter(({ sql: text }) => text.includes('from connect_v'))).toEqual([])
    expect(await refusal(ben.connect())).toBe(101)
    expect((await ok(ben.get(`/api/rooms/${room.id}/`))).member_count).toBe(1)
    skipTime(200_000)
    const { rows } = await sql`
      update user_limits set connects_full_at = connects_full_at - make_interval(secs => 200)
      returning user_id`.execute(server.db)
    expect(rows).not.toEqual([])
    expect(await refusal(ann.connect())).toBe(101)
  })

  test('[W2] are limited for all processes together, before a room is locked', async () => {
    await using server = await startTestServer({ limits: { connects } })
    await using beside = await startBeside(server, { limits: { connects } })
    const [ann, ben] = [await server.register(), await server.register()]
    const room = await ben.createRoom({ title: 'Open', name: 'open_to_all' })
    for (let n = 0; n < 3; n++) await (await ann.connect()).close()
    await using barrier = await Barrier.hold(server.database, 'rooms where id = $1', room.id)
    expect(await refusal(ann.at(beside).connect(`/ws/chat/${room.name}/`))).toBe(429)
    await barrier.release()
    expect((await ok(ben.get(`/api/rooms/${room.id}/`))).member_count).toBe(1)
  })
})

describe('[M3] repeats of a message', () => {
  test('[M3] cost nothing at first, and then as much as a short message', async () => {
    await using server = await startTestServer({
      limits: { sends: { count: 5, seconds: 600 }, repeats: { count: 3, seconds: 600 } },
    })
    const ann = await server.register()
    const room = await ann.createRoom()
    const send = async () => await ann.send(room.id, '漢'.repeat(4_000), { client_id: 'one' })
    const answers = []
    for (let n = 0; n < 10; n++) answers.push(await send())
    expect(
      answers.map(({ status, headers }) => `${status}: ${headers.get('ratelimit-remaining')}`),
    ).toEqual([
      '201: 3',
      '200: 3',
      '200: 3',
      '200: 3',
      '200: 2',
      '200: 1',
      '200: 0',
      '429: 0',
      '429: 0',
      '429: 0',
    ])
    expect(await historyOf(ann, room.id)).toHaveLength(1)
  })

  test('[M3] are sent now and then, and never to a simple client', async () => {
    await using server = await startTestServer({ limits: { repeats: { count: 5, seconds: 600 } } })
    const [ann, ben] = [await server.register(), await server.register()]
    const room = await ann.createRoom()
    await join(room, ben)
    await using simple = await openSimple(ben, room.name)
    await using own = await openSimple(ann, room.name)
    await using socket = await openSocket(ben)
    const { seq } = await ok(ann.send(room.id, 'hi', { client_id: 'one' }))
    for (let n = 0; n < 100; n++) await ok(ann.send(room.id, 'hi', { client_id: 'one' }))
    for (let n = 0; n < 20; n++) own.send({ message: 'hi', client_id: 'one' })
    await ok(ann.send(room.id, 'another', { client_id: 'two' }))
    await own.next(({ message }) => message === 'another')
    skipTime(recentMs)
    await ok(ann.send(room.id, 'hi', { client_id: 'one' }))
    for (const each of [simple, own, socket]) await each.settle()
    const shown = [`${seq} message`, `${seq + 1} message`]
    expect(logOf(simple, room.id)).toEqual(shown)
    expect(logOf(own, room.id)).toEqual(shown)
    expect(logOf(socket, room.id)).toEqual([...shown, `${seq} message`])
  })

  test('[M3] that come with the first message are sent once, even to many sockets', async () => {
    await using server = await startTestServer()
    const [ann, ben] = [await server.register(), await server.register()]
    const room = await ann.createRoom()
    await join(room, ben)
    await using simple = await openSimple(ben, room.name)
    await using socket = await openSocket(ben)
    const others = await Promise.all(
      Array.from({ length: recipientsAtOnce }, () => ann.connect(`/ws/chat/${room.name}/`)),
    )
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => ann.send(room.id, 'hi', { client_id: 'one' })),
    )
    expect(countStatuses(answers)).toEqual({ 200: 19, 201: 1 })
    skipTime(recentMs)
    await ok(ann.send(room.id, 'hi', { client_id: 'one' }))
    for (const each of [simple, socket]) await each.settle()
    expect(simple.ofType('message')).toHaveLength(1)
    expect(socket.ofType('message')).toHaveLength(2)
    await closeAll(others)
  })
})
