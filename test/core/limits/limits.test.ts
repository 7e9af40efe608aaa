import { randomBytes } from 'node:crypto'
import { Worker } from 'node:worker_threads'
import { sql } from 'kysely'
import { describe, expect, test, vi } from 'vitest'
import type { Answer } from '../../support/api-client.ts'
import { startTestServer, type TestServer } from '../../support/chat-server.ts'
import { testPassword } from '../../support/test-user.ts'
import { ok, problemOf } from '../../support/answers.ts'
import { openSocket, refusal } from '../../support/open-socket.ts'
import { statementsDuring } from '../../support/watch-database.ts'

/** A request as a proxy passes it on from an address. */
async function from(server: TestServer, address: string, path: string, body: unknown) {
  return await server.call('POST', path, body, undefined, { 'X-Forwarded-For': address })
}

const login = (username: string, password: string) => ({ username, password })
const account = (username: string) => ({
  ...login(username, testPassword),
  email: `${username}@example.org`,
})

describe('[W9] frames of a user', () => {
  test('over the limit get an error, the socket stays, and the bucket fills again', async () => {
    await using server = await startTestServer({ limits: { frames: { count: 3, seconds: 1 } } })
    const user = await server.register()
    await using socket = await openSocket(user)
    await using other = await openSocket(await server.register())
    const answers = []
    for (let n = 0; n < 4; n++) answers.push(await socket.ask({ action: 'heads' }))
    expect(answers.map(({ type }) => type)).toEqual(['heads', 'heads', 'heads', 'error'])
    const refused = answers.at(-1)
    expect(refused).toMatchObject({ code: 'rate_limited', retryable: true })
    expect(refused.retry_after_ms).toBeGreaterThan(0)
    expect(refused.retry_after_ms).toBeLessThanOrEqual(334)
    expect(await other.ask({ action: 'heads' })).toMatchObject({ type: 'heads' })
    await expect.poll(async () => (await socket.ask({ action: 'heads' })).type).toBe('heads')
  })

  test('that are refused change nothing', async () => {
    await using server = await startTestServer({ limits: { frames: { count: 1, seconds: 600 } } })
    const user = await server.register()
    const room = await user.createRoom()
    await using socket = await openSocket(user)
    await socket.ask({ action: 'heads' })
    const send = { action: 'sendmessage', room_id: room.id, message: 'too many' }
    expect(await socket.ask(send)).toMatchObject({ code: 'rate_limited' })
    expect((await ok(user.get(`/api/messages/${room.id}/`))).results).toEqual([])
  })
})

describe('[W9] messages of a user', () => {
  test('are counted over HTTP, sockets and sessions together, and a repeat costs none', async () => {
    await using server = await startTestServer({ limits: { sends: { count: 3, seconds: 600 } } })
    const user = await server.register()
    const room = await user.createRoom()
    const first = await user.send(room.id, 'one', { client_id: 'one' })
    expect(first.headers.get('RateLimit-Limit')).toBe('3')
    expect(first.headers.get('RateLimit-Remaining')).toBe('2')
    expect(Number(first.headers.get('RateLimit-Reset'))).toBe(200)
    expect((await user.send(room.id, 'one', { client_id: 'one' })).status).toBe(200)
    await using socket = await openSocket(user)
    const send = { action: 'sendmessage', room_id: room.id }
    expect((await socket.ask({ ...send, message: 'two' })).type).toBe('ack')
    const elsewhere = await user.login()
    expect((await elsewhere.send(room.id, 'three')).headers.get('RateLimit-Remaining')).toBe('0')

    const refused = await user.send(room.id, 'four')
    expect(problemOf(refused)).toBe('429 rate_limited')
    expect(refused.headers.get('RateLimit-Remaining')).toBe('0')
    expect(Number(refused.headers.get('Retry-After'))).toBeGreaterThan(100)
    expect(await socket.ask({ ...send, message: 'four' })).toMatchObject({ code: 'rate_limited' })
    expect((await user.send(room.id, 'one', { client_id: 'one' })).status).toBe(200)
    const others = await server.register()
    await ok(others.post(`/api/rooms/${room.id}/join/`))
    expect((await others.send(room.id, 'I may')).status).toBe(201)
  })

  test('are counted when they come at once, in rooms that do not wait for each other', async () => {
    await using server = await startTestServer({ limits: { sends: { count: 10, seconds: 600 } } })
    const user = await server.register()
    const sessions = [user, await user.login()]
    const rooms = [await user.createRoom(), await user.createRoom(), await user.createRoom()]
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, n) => sessions[n % 2]!.send(rooms[n % 3]!.id, `text ${n}`)),
    )
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(10)
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(20)
  })

  test('are counted on over a restart', async () => {
    await using first = await startTestServer({ limits: { sends: { count: 1, seconds: 600 } } })
    const user = await first.register()
    const room = await user.createRoom()
    expect((await user.send(room.id, 'one')).status).toBe(201)
    await using second = await first.restart()
    expect((await user.at(second).send(room.id, 'two')).status).toBe(429)
  })
})

describe('[A2] attempts to log in', () => {
  const limits = { loginsPerAccount: { count: 3, seconds: 600 } }

  test('are limited for a network and an account together, right passwords apart', async () => {
    await using server = await startTestServer({ limits, trustProxy: true })
    const home = (password: string) =>
      from(server, '1.1.1.1', '/api/login/', login('ana', password))
    const away = (password: string) =>
      from(server, '6.6.6.6', '/api/login/', login('Ana', password))
    const registered = await from(server, '1.1.1.1', '/api/register/', account('ana'))
    expect(registered.status).toBe(201)
    for (let n = 0; n < 3; n++) expect((await away('a guess')).status).toBe(401)
    const refused = await away(testPassword)
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('Retry-After'))).toBeGreaterThan(100)
    for (let n = 0; n < 4; n++) expect((await home(testPassword)).status).toBe(200)
    // There too it is limited, by a bucket of its own.
    for (let n = 0; n < 3; n++) expect((await home('a guess')).status).toBe(401)
    expect((await home(testPassword)).status).toBe(429)
  })

  test('of strangers in many networks are limited together, and known networks pass', async () => {
    await using server = await startTestServer({
      limits: { loginsPerAccount: { count: 1, seconds: 600 } },
      trustProxy: true,
    })
    const attempt = async (address: string, password: string) =>
      (await from(server, address, '/api/login/', login('ana', password))).status
    await from(server, '1.1.1.1', '/api/register/', account('ana'))
    // What is refused to one stranger is charged to no other.
    expect(await attempt('6.6.6.0', 'a guess')).toBe(401)
    for (let n = 0; n < 20; n++) expect(await attempt('6.6.6.0', 'a guess')).toBe(429)
    for (let n = 1; n < 10; n++) expect(await attempt(`6.6.6.${n}`, 'a guess')).toBe(401)
    for (let n = 0; n < 2; n++) expect(await attempt('7.7.7.7', testPassword)).toBe(429)
    expect(await attempt('1.1.1.1', testPassword)).toBe(200)
    expect(await attempt('1.1.1.1', 'a guess')).toBe(401)
    // It fills again, and what was refused has not used up the bucket of its network.
    await sql`update rate_limits set full_at = full_at - make_interval(secs => 60)`.execute(
      server.db,
    )
    expect(await attempt('7.7.7.7', testPassword)).toBe(200)
    expect(await attempt('7.7.7.7', testPassword)).toBe(200)
  })

  test('of strangers are limited for a name that is nobody’s, too', async () => {
    await using server = await startTestServer({
      limits: { loginsPerAccount: { count: 1, seconds: 600 } },
      trustProxy: true,
    })
    const attempt = async (address: string) =>
      (await from(server, address, '/api/login/', login('nobody_here', 'a guess'))).status
    for (let n = 0; n < 10; n++) expect(await attempt(`6.6.6.${n}`)).toBe(401)
    expect(await attempt('6.6.6.10')).toBe(429)
  })

  test('are known in the networks where a session was begun or last refreshed, an IPv6 /64 as a whole', async () => {
    await using server = await startTestServer({
      limits: { loginsPerAccount: { count: 1, seconds: 600 } },
      trustProxy: true,
    })
    const attempt = async (address: string, password = testPassword) =>
      (await from(server, address, '/api/login/', login('ana', password))).status
    const [home, train] = ['2001:db8:0:7::', '2001:db8:0:8::']
    const registered = await from(server, `${home}1`, '/api/register/', account('ana'))
    for (let n = 0; n < 10; n++) expect(await attempt(`6.6.6.${n}`, 'a guess')).toBe(401)
    expect(await attempt(`${home}abcd:2`)).toBe(200)
    expect(await attempt(`${train}1`)).toBe(429)
    await from(server, `${train}1`, '/api/token/refresh/', { refresh: registered.body.refresh })
    expect(await attempt(`${train}9:9`)).toBe(200)
    // A session that has ended makes no network known.
    await sql`update sessions set revoked_at = now()`.execute(server.db)
    expect(await attempt(`${train}9:9`)).toBe(429)
  })

  test('answer and work the same for an unknown user and a wrong password', async () => {
    await using server = await startTestServer()
    const { username } = await server.register()
    const attempt = async (name: string) => {
      const answers: Answer[] = []
      const statements = await statementsDuring(server, async () => {
        answers.push(await server.call('POST', '/api/login/', login(name, 'not the password')))
      })
      return { answer: answers[0]!, work: statements.map((statement) => statement.sql) }
    }
    const known = await attempt(username)
    const unknown = await attempt('nobody_here')
    expect(known.answer.status).toBe(401)
    expect(unknown.answer.text).toBe(known.answer.text)
    expect(unknown.work).toEqual(known.work)
  })

  test('compare with bcrypt once, whoever tries and whatever they try', async () => {
    await using server = await startTestServer()
    const { username } = await server.register()
    const jobs = vi.spyOn(Worker.prototype, 'postMessage')
    try {
      const given = [
        [username, 'not the password'],
        [username, 'a password past 72 bytes '.repeat(3)],
        ['nobody_here', 'not the password'],
      ] as const
      for (const [name, password] of given) {
        expect((await server.call('POST', '/api/login/', login(name, password))).status).toBe(401)
      }
      const its = expect.stringMatching(/^\$2[aby]\$04\$/)
      expect(jobs.mock.calls.map(([job]) => job as unknown)).toMatchObject([
        { password: given[0][1], compareWith: its },
        { password: '', compareWith: its },
        // Which is a comparison with nobody's.
        { password: given[2][1], compareWith: null },
      ])
    } finally {
      jobs.mockRestore()
    }
  })

  test('of nobody compare with bcrypt, too', async () => {
    // Modules are shared with other files: this one has a hasher of its own, that is looked at.
    vi.doMock('bcryptjs', { spy: true })
    vi.resetModules()
    try {
      const { compare } = await import('bcryptjs')
      const { createPasswordHasher } = await import('../../../src/core/accounts/password-hasher.ts')
      const hasher = createPasswordHasher(4)
      expect(await hasher.verify('the password of nobody', undefined)).toBe(false)
      expect(vi.mocked(compare).mock.calls).toEqual([
        ['the password of nobody', expect.stringMatching(/^\$2[aby]\$04\$/)],
      ])
    } finally {
      vi.doUnmock('bcryptjs')
      vi.resetModules()
    }
  })

  test('are limited for an account also when they come at once', async () => {
    await using server = await startTestServer({ limits })
    const { username } = await server.register()
    const attempts = Array.from({ length: 20 }, () =>
      server.call('POST', '/api/login/', login(username, 'a guess')),
    )
    const statuses = (await Promise.all(attempts)).map(({ status }) => status)
    expect(statuses.toSorted()).toEqual([...Array(3).fill(401), ...Array(17).fill(429)])
  })

  test('are limited for an address alone, not for others', async () => {
    await using server = await startTestServer({
      limits: { loginsPerAddress: { count: 2, seconds: 600 } },
      trustProxy: true,
    })
    const { username } = await server.register()
    const right = login(username, testPassword)
    for (const name of ['a', 'b']) {
      expect((await from(server, '1.1.1.1', '/api/login/', login(name, 'x'))).status).toBe(401)
    }
    const refused = await from(server, '1.1.1.1', '/api/login/', right)
    expect(refused.status).toBe(429)
    expect(refused.headers.get('RateLimit-Limit')).toBe('2')
    expect(refused.headers.get('RateLimit-Remaining')).toBe('0')
    expect(Number(refused.headers.get('Retry-After'))).toBeGreaterThan(200)
    expect((await from(server, '2.2.2.2', '/api/login/', right)).status).toBe(200)
  })

  test('are limited for an address, whatever the account, and over a restart', async () => {
    await using first = await startTestServer({
      limits: { loginsPerAddress: { count: 2, seconds: 600 } },
    })
    for (const name of ['a', 'b']) {
      expect((await first.call('POST', '/api/login/', login(name, 'x'))).status).toBe(401)
    }
    expect((await first.call('POST', '/api/login/', login('c', 'x'))).status).toBe(429)
    await using second = await first.restart()
    expect((await second.call('POST', '/api/login/', login('d', 'x'))).status).toBe(429)
  })

  test('make room: expired sessions and full buckets go', async () => {
    await using server = await startTestServer()
    const user = await server.register()
    const count = async () => ({
      sessions: (await server.db.selectFrom('sessions').select('id').execute()).length,
      limits: (await server.db.selectFrom('rate_limits').select('key').execute()).map(
        ({ key }) => key,
      ),
    })
    await user.login()
    await sql`update sessions set expires_at = now() - make_interval(secs => 1)`.execute(server.db)
    await sql`insert into rate_limits (key, full_at) values ('spent long ago', now() - make_interval(secs => 1))`.execute(
      server.db,
    )
    expect(await count()).toMatchObject({ sessions: 2 })
    await user.login()
    const after = await count()
    expect(after.sessions).toBe(1)
    expect(after.limits).not.toContain('spent long ago')
  })
})

describe('the address of a client', () => {
  const limits = { registrations: { count: 1, seconds: 600 } }

  test('is not what X-Forwarded-For says, unless a proxy is trusted', async () => {
    await using server = await startTestServer({ limits })
    expect((await from(server, '1.1.1.1', '/api/register/', account('a'))).status).toBe(201)
    expect((await from(server, '2.2.2.2', '/api/register/', account('b'))).status).toBe(429)
  })

  test('is the last one that a trusted proxy says, which a client cannot choose', async () => {
    await using server = await startTestServer({ limits, trustProxy: true })
    const register = (address: string, username: string) =>
      from(server, address, '/api/register/', account(username))
    expect((await register('9.9.9.9, 1.1.1.1', 'a')).status).toBe(201)
    expect((await register('8.8.8.8, 1.1.1.1', 'b')).status).toBe(429)
    expect((await register('1.1.1.1, 2.2.2.2', 'c')).status).toBe(201)
  })

  test('is the same whatever port a trusted proxy says with it', async () => {
    await using server = await startTestServer({ limits, trustProxy: true })
    const register = (address: string, username: string) =>
      from(server, address, '/api/register/', account(username))
    expect((await register('1.1.1.1:1000', 'a')).status).toBe(201)
    expect((await register('1.1.1.1:2000', 'b')).status).toBe(429)
    expect((await register('[2001:db8::1]:1000', 'c')).status).toBe(201)
    expect((await register('2001:db8::1', 'd')).status).toBe(429)
  })

  test('counts, of IPv6, with all of its /64, which is one household', async () => {
    await using server = await startTestServer({ limits, trustProxy: true })
    const register = async (address: string, username: string) =>
      (await from(server, address, '/api/register/', account(username))).status
    expect(await register('2001:db8:0:7::1', 'a')).toBe(201)
    expect(await register('2001:db8:0:7:aaaa:bbbb:cccc:dddd', 'b')).toBe(429)
    expect(await register('2001:DB8::7:0:0:0:2', 'c')).toBe(429)
    expect(await register('2001:db8:0:8::1', 'd')).toBe(201)
    // Of these every address is somebody else's.
    expect(await register('::ffff:1.1.1.1', 'e')).toBe(201)
    expect(await register('::ffff:2.2.2.2', 'f')).toBe(201)
    expect(await register('1.1.1.1', 'g')).toBe(429)
  })

  test('is no address when a proxy passes on whatever a client wrote', async () => {
    await using server = await startTestServer({ limits, trustProxy: true })
    // More than a key of an index holds.
    const word = randomBytes(4_000).toString('base64url')
    expect((await from(server, word, '/api/register/', account('a'))).status).toBe(201)
    expect(server.log.filter(({ level }) => level === 'error')).toEqual([])
  })
})

test('[W9] changes of messages over the limit of sends are refused, and change nothing', async () => {
  await using server = await startTestServer({ limits: { sends: { count: 2, seconds: 600 } } })
  const user = await server.register()
  const room = await user.createRoom()
  const { seq } = await ok(user.send(room.id, 'first'))
  const path = `/api/messages/${room.id}/${seq}/`
  const changed = await ok(user.put(`${path}reactions/👍/`))
  const refused = [
    await user.patch(path, { message: 'second' }),
    await user.put(`${path}reactions/🎉/`),
    await user.delete(`${path}reactions/👍/`),
    await user.delete(path),
  ]
  expect(refused.map(problemOf)).toEqual(Array(4).fill('429 rate_limited'))
  expect((await ok(user.get(`/api/messages/${room.id}/`))).results).toEqual([changed])
})

test('[W2] sockets that are opened at once are not more than their number either', async () => {
  await using server = await startTestServer({ limits: { connectionsPerUser: 5 }, poolSize: 20 })
  const user = await server.register()
  const all = await Promise.allSettled(Array.from({ length: 20 }, () => user.connect()))
  const open = all.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  const refused = all.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
  expect(open).toHaveLength(5)
  expect(refused.map((error) => error.status)).toEqual(Array(15).fill(429))
  await Promise.all(open.map((socket) => socket.close()))
})

test('[W2] sockets of a user over their number are refused with 429', async () => {
  await using server = await startTestServer({ limits: { connectionsPerUser: 2 } })
  const user = await server.register()
  await using one = await openSocket(user)
  await using two = await openSocket(user)
  expect(await refusal(user.connect())).toBe(429)
  await two.close()
  await expect.poll(() => refusal(user.connect())).toBe(101)
  expect(await one.ask({ action: 'heads' })).toMatchObject({ type: 'heads' })
})
