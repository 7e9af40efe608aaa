import { randomBytes } from 'node:crypto'
import { type IncomingMessage, request } from 'node:http'
import { afterAll, describe, expect, test } from 'vitest'
import { protocolV1 } from '../../src/protocol/socket.ts'
import { startTestServer } from '../support/chat-server.ts'
import { TestSocket } from '../support/test-socket.ts'
import { historyOf, ok } from '../support/answers.ts'
import { join } from '../support/memberships.ts'
import { checkFrames, openSimple, openSocket, refusal } from '../support/open-socket.ts'
import { sessionOf } from '../support/sign-token.ts'
import { openDatabase } from '../support/watch-database.ts'

const server = await startTestServer()
afterAll(() => server[Symbol.asyncDispose]())

describe('[W2] simple clients', () => {
  const offers = [
    { name: 'another word, then the token', words: ['chat-protocol', '<token>'] },
    { name: 'a version that is not known', words: ['quick-connect.v2', '<token>'] },
    { name: 'another word, beside Bearer', words: ['chat'], bearer: true },
    { name: 'no word at all, beside Bearer', words: [], bearer: true },
  ]
  test.each(offers)(
    '[W2] $name: the first is echoed, and only message and error are sent',
    async ({ words, bearer }) => {
      const [ann, ben, guest] = [
        await server.register(),
        await server.register(),
        await server.register(),
      ]
      const room = await ann.createRoom()
      const path = `/ws/chat/${room.name}/`
      const protocols = words.map((word) => word.replace('<token>', ben.access))
      const token = bearer ? ben.access : undefined
      await using socket = checkFrames(await ben.connect(path, { token, protocols }), 'simple')
      expect(socket.ws.protocol).toBe(words[0] ?? '')
      // Everything that a v1 client is told of, and all that it may ask.
      const member = `/api/rooms/${room.id}/members/${guest.username}/`
      await join(room, guest)
      await ok(ann.patch(`/api/rooms/${room.id}/`, { title: 'Another' }))
      await ok(ann.put(member, { role: 'moderator' }))
      await ok(ann.delete(member))
      await ok(ben.post(`/api/rooms/${room.id}/read/`, { seq: 1 }))
      await ben.createRoom()
      await ok(ann.post('/api/direct/', { username: ben.username }))
      await using typing = await openSocket(ann, path)
      typing.send({ action: 'typing' })
      await typing.ask({ action: 'heads' })
      for (const action of ['hello', 'heads', 'typing']) socket.send({ action, id: action })
      socket.send({ action: 'read', seq: 2 })
      socket.send({ message: 'hi', id: 'send' })
      const message = await socket.next('message')
      socket.send({ action: 'nonsense', id: 'wrong' })
      const error = await socket.next('error')
      await socket.settle()
      expect(error).toMatchObject({ id: 'wrong', code: 'bad_request' })
      expect(socket.received).toEqual([message, error])
    },
  )

  test('[W2] one for all rooms gets the messages of all', async () => {
    const [ann, ben] = [await server.register(), await server.register()]
    const [one, two] = [await ann.createRoom(), await ann.createRoom()]
    await join(one, ben)
    await join(two, ben)
    await using socket = checkFrames(await ben.connect('/ws/', { protocols: [] }), 'simple')
    await ok(ann.send(one.id, 'one'))
    await ok(ann.send(two.id, 'two'))
    socket.send({ message: 'where to?' })
    expect(await socket.next('error')).toMatchObject({ code: 'bad_request' })
    expect(socket.ofType('message').map(({ message }) => message)).toEqual(['one', 'two'])
  })
})

describe('[W2] refused', () => {
  test('[W2] 401 for a session that has ended, by whatever way', async () => {
    const user = await server.register()
    const [revoked, expired] = [await user.login(), await user.login()]
    await ok(revoked.post('/api/logout/'))
    await using database = await openDatabase(server)
    await database.execute('update sessions set expires_at = now() where id = $1', [
      sessionOf(expired),
    ])
    for (const ended of [revoked, expired]) {
      expect(await refusal(ended.connect())).toBe(401)
      const protocols = [protocolV1, ended.access]
      expect(await refusal(ended.connect('/ws/', { token: undefined, protocols }))).toBe(401)
    }
    expect(await refusal(user.connect())).toBe(101)
    await database.execute('delete from users where id = $1', [user.id])
    expect(await refusal(TestSocket.open(`${server.url}/ws/`, { token: user.access }))).toBe(401)
  })

  test('[W2] as a plain HTTP answer, before the upgrade', async () => {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const asking = request(`${server.url}/ws/`, {
        headers: {
          Connection: 'Upgrade',
          Upgrade: 'websocket',
          'Sec-WebSocket-Version': '13',
          'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
        },
      })
      asking.on('response', resolve)
      asking.on('upgrade', () => reject(new Error('upgraded')))
      asking.on('error', reject)
      asking.end()
    })
    answer.resume()
    expect(answer.statusCode).toBe(401)
    expect(answer.headers).not.toHaveProperty('sec-websocket-accept')
  })
})

describe('[W2] never longer than the session', () => {
  test('[W2] when it expires, nothing is sent any more, and a frame ends the socket', async () => {
    const [ann, ben] = [await server.register(), await server.register()]
    const room = await ann.createRoom()
    await join(room, ben)
    await using database = await openDatabase(server)
    await database.execute(
      `update sessions set expires_at = now() + interval '1 second' where id = $1`,
      [sessionOf(ben)],
    )
    await using v1 = await openSocket(ben)
    await using simple = await openSimple(ben, room.name)
    const status = async () => (await ben.get('/api/rooms/')).status
    await expect.poll(status, { timeout: 5_000 }).toBe(401)
    await ok(ann.send(room.id, 'after the end'))
    await v1.settle()
    await simple.settle()
    expect(v1.received).toEqual([])
    v1.send({ action: 'sendmessage', room_id: room.id, message: 'late' })
    simple.send({ message: 'late' })
    await Promise.all([v1.closed, simple.closed])
    expect(v1.received).toMatchObject([{ type: 'bye' }])
    expect(simple.received).toEqual([])
    expect(await historyOf(ann, room.id)).toMatchObject([{ message: 'after the end' }])
  })

  test('[W2] when it is found revoked, a simple client gets the error alone', async () => {
    const user = await server.register()
    const room = await user.createRoom()
    await using v1 = await openSocket(user)
    await using simple = await openSimple(user, room.name)
    await using database = await openDatabase(server)
    await database.execute('update sessions set revoked_at = now() where id = $1', [
      sessionOf(user),
    ])
    v1.send({ action: 'heads', id: 1 })
    simple.send({ message: 'hi' })
    await Promise.all([v1.closed, simple.closed])
    expect(v1.received).toMatchObject([
      { type: 'error', id: 1, code: 'session_revoked' },
      { type: 'bye', code: 'session_revoked', reconnect: false },
    ])
    expect(simple.received).toMatchObject([{ type: 'error', code: 'session_revoked' }])
  })
})
