import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { protocolV1 } from '../../src/protocol/socket.ts'
import { startTestServer, type TestServer } from '../support/chat-server.ts'
import { TestSocket } from '../support/test-socket.ts'
import {
  invite,
  join,
  logOf,
  ok,
  openDatabase,
  openSimple,
  openSocket,
  refusal,
  sessionOf,
  signToken,
  whileDatabaseFails,
} from './support.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

describe('[W1] where', () => {
  test.each(['/ws/', '/ws'])(
    '[W1] %s is for all rooms of the caller, also later ones',
    async (path) => {
      const [ana, bo] = [await server.register(), await server.register()]
      const early = await bo.createRoom()
      await join(early, ana)
      await using socket = await openSocket(ana, path)
      const later = await bo.createRoom()
      await join(later, ana)
      const invited = await bo.createRoom({ title: 'Private', kind: 'private' })
      await invite(bo, invited, 'member', ana)
      const own = await ana.createRoom()
      const direct = await ok(bo.post('/api/direct/', { username: ana.username }))
      for (const { id } of [early, later, invited, direct]) await ok(bo.send(id, `in ${id}`))
      await ok(ana.send(own.id, 'in mine'))
      await socket.settle()
      expect(socket.ofType('message').map(({ room_id }) => room_id)).toEqual(
        [early, later, invited, direct, own].map(({ id }) => id),
      )
      expect(socket.ofType('room.added').map(({ room }) => room.id)).toEqual(
        [later, invited, own, direct].map(({ id }) => id),
      )
    },
  )

  test.each([
    (name: string) => `/ws/chat/${name}/`,
    (name: string) => `/ws/chat/${name}`,
    (name: string) => `/ws/chat/${name.toUpperCase()}/`,
    (name: string) => `/ws/?room=${name}`,
  ])('[W1] %s is for one room, and hears of no other', async (pathOf) => {
    const ana = await server.register()
    const [room, other] = [await ana.createRoom(), await ana.createRoom()]
    await using socket = await openSocket(ana, pathOf(room.name))
    await ok(ana.send(other.id, 'there'))
    await ok(ana.send(room.id, 'here'))
    await socket.settle()
    expect(socket.ofType('message').map(({ message }) => message)).toEqual(['here'])
  })

  test('[W1] joins a public room, as a member, once, and the others are told', async () => {
    const [ana, bo] = [await server.register(), await server.register()]
    const room = await ana.createRoom()
    await using owner = await openSocket(ana)
    await using one = await openSocket(bo, `/ws/chat/${room.name}/`)
    await using two = await openSocket(bo, `/ws/chat/${room.name}/`)
    await ok(bo.send(room.id, 'hello'))
    for (const socket of [owner, one, two]) await socket.settle()
    expect(logOf(owner, room.id)).toEqual(['2 member.joined', '3 message'])
    expect(owner.ofType('member.joined')[0]).toMatchObject({ user_id: bo.id, role: 'member' })
    for (const socket of [one, two]) expect(logOf(socket, room.id)).toEqual(['3 message'])
  })
})

describe('[W2] who', () => {
  test('[W2] the first subprotocol is echoed, the second may be the token', async () => {
    const user = await server.register()
    for (const word of [protocolV1, 'chat-protocol', 'anything']) {
      await using socket = await user.connect('/ws/', {
        token: undefined,
        protocols: [word, user.access],
      })
      expect(socket.ws.protocol).toBe(word)
    }
    await using plain = await user.connect('/ws/', { protocols: [] })
    expect(plain.ws.protocol).toBe('')
  })

  test('[W2] a simple client is sent its messages and errors, and nothing else', async () => {
    const [ana, bo] = [await server.register(), await server.register()]
    const room = await ana.createRoom()
    await using simple = await openSimple(bo, room.name)
    await using bare = await bo.connect(`/ws/chat/${room.name}/`, { protocols: [] })
    await using v1 = await openSocket(ana)
    const cy = await server.register()
    await join(room, cy)
    await ok(ana.put(`/api/rooms/${room.id}/members/${cy.username}/`, { role: 'moderator' }))
    await ok(ana.patch(`/api/rooms/${room.id}/`, { title: 'Another' }))
    v1.send({ action: 'typing', room_id: room.id })
    for (const socket of [simple, bare]) {
      socket.send({ message: 'hi' })
      socket.send({ action: 'read', seq: 1 })
      socket.send({ action: 'hello', id: 1 })
      socket.send({ action: 'heads', id: 2 })
      socket.send('no JSON')
    }
    await ok(cy.post(`/api/rooms/${room.id}/leave/`))
    await bo.createRoom()
    await expect.poll(() => v1.ofType('message').length).toBe(2)
    await ok(ana.send(room.id, 'last'))
    for (const socket of [simple, bare]) {
      await socket.next(({ message }) => message === 'last')
      await socket.settle()
      const types = socket.received.map(({ type }) => type).toSorted()
      expect(types).toEqual(['error', 'message', 'message', 'message'])
    }
  })

  test('[W2] without a good token it is 401, and a token in the query is none', async () => {
    const user = await server.register()
    const open = (path: string, options = {}) =>
      refusal(TestSocket.open(server.url + path, options))
    expect(await open('/ws/')).toBe(401)
    expect(await open('/ws/', { token: 'nonsense' })).toBe(401)
    expect(await open('/ws/', { protocols: [user.access] })).toBe(401)
    expect(await open('/ws/', { protocols: [protocolV1] })).toBe(401)
    expect(await open(`/ws/?token=${user.access}&access_token=${user.access}`)).toBe(401)
    expect(await open('/ws/', { token: signToken(user, { expiresIn: -1 }) })).toBe(401)
    expect(await open('/ws/', { token: user.access })).toBe(101)
  })

  test('[W2] no Origin and the own one pass, others are 403', async () => {
    const user = await server.register()
    const open = (origin: string) => refusal(user.connect('/ws/', { headers: { Origin: origin } }))
    const { host, port } = new URL(server.url)
    expect(await open(`http://${host}`)).toBe(101)
    expect(await open(`https://${host}`)).toBe(101)
    for (const origin of [
      'http://evil.example',
      `http://${host}.evil.example`,
      `http://localhost:${Number(port) + 1}`,
      'null',
      'nonsense',
    ]) {
      expect(await open(origin)).toBe(403)
    }
  })

  test('[W2] ALLOWED_ORIGINS are those that pass', async () => {
    await using strict = await startTestServer({ allowedOrigins: ['https://chat.example.org'] })
    const user = await strict.register()
    const open = (origin: string) => refusal(user.connect('/ws/', { headers: { Origin: origin } }))
    expect(await open('https://chat.example.org')).toBe(101)
    expect(await open('http://chat.example.org')).toBe(403)
    expect(await open(strict.url)).toBe(403)
    expect(await refusal(user.connect())).toBe(101)
  })

  test('[W2] suspended is 403; no room, one not to be seen and a deleted one are 404', async () => {
    const [ana, bo] = [await server.register(), await server.register()]
    const secret = await ana.createRoom({ title: 'Secret', kind: 'private' })
    const gone = await ana.createRoom()
    await ok(ana.delete(`/api/rooms/${gone.id}/`))
    const direct = await ok(
      ana.post('/api/direct/', { username: (await server.register()).username }),
    )
    for (const name of [
      'no_such_room',
      secret.name,
      gone.name,
      direct.name,
      'a b',
      'x'.repeat(65),
    ]) {
      expect(await refusal(bo.connect(`/ws/chat/${encodeURIComponent(name)}/`))).toBe(404)
    }
    await using database = await openDatabase(server)
    await database.execute('update users set suspended_at = now() where id = $1', [bo.id])
    expect(await refusal(bo.connect())).toBe(403)
  })

  test('[W2] a socket outlives its access token', async () => {
    const user = await server.register()
    const room = await user.createRoom()
    const token = signToken(user, { expiresIn: 1 })
    await using socket = await openSocket(user, '/ws/', { token })
    await expect
      .poll(async () => (await server.call('GET', '/api/rooms/', undefined, token)).status, {
        timeout: 5_000,
      })
      .toBe(401)
    const send = { action: 'sendmessage', room_id: room.id, message: 'still here' }
    expect((await socket.ask(send)).type).toBe('ack')
  })

  test('[A4, W2] a socket does not outlive its session', async () => {
    const user = await server.register()
    const room = await user.createRoom()
    const elsewhere = await user.login()
    await using v1 = await openSocket(user)
    await using simple = await openSimple(user, room.name)
    await using other = await openSocket(elsewhere)
    expect((await user.post('/api/logout/')).status).toBe(204)
    await Promise.all([v1.closed, simple.closed])
    expect(v1.received.at(-1)).toMatchObject({
      type: 'bye',
      code: 'session_revoked',
      reconnect: false,
    })
    expect(simple.received).toEqual([])
    expect(await other.ask({ action: 'heads' })).toMatchObject({ type: 'heads' })
    expect(await refusal(user.connect())).toBe(401)
  })

  test('[W2] a session that ends unseen ends its sockets at their next frame', async () => {
    const user = await server.register()
    await using socket = await openSocket(user)
    await using database = await openDatabase(server)
    await database.execute('update sessions set revoked_at = now() where id = $1', [
      sessionOf(user),
    ])
    expect(await socket.ask({ action: 'heads' })).toMatchObject({ code: 'session_revoked' })
    await socket.closed
    expect(socket.received.at(-1)).toMatchObject({ type: 'bye', code: 'session_revoked' })
  })
})

test('[W2] a database that does not answer is 503', async () => {
  await using failing = await startTestServer()
  const user = await failing.register()
  expect(await whileDatabaseFails(failing, () => refusal(user.connect()))).toBe(503)
  expect(await refusal(user.connect())).toBe(101)
})
