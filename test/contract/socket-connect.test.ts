import { afterAll, describe, expect, test, vi } from 'vitest'
import { protocolV1 } from '../../src/protocol/socket.ts'
import { startTestServer } from '../support/chat-server.ts'
import { type SocketOptions, TestSocket } from '../support/test-socket.ts'
import type { TestUser } from '../support/test-user.ts'
import { historyOf, ok, problemOf } from '../support/answers.ts'
import { invite, join } from '../support/memberships.ts'
import { checkFrames, logOf, openSimple, openSocket, refusal } from '../support/open-socket.ts'
import { sessionOf, signToken } from '../support/sign-token.ts'
import { openDatabase, whileDatabaseFails } from '../support/watch-database.ts'

const server = await startTestServer()
afterAll(() => server[Symbol.asyncDispose]())

/** The rooms that a socket is for. */
async function roomsOf(socket: TestSocket): Promise<number[]> {
  const { rooms } = await socket.ask({ action: 'heads' })
  return rooms.map(({ room_id }: { room_id: number }) => room_id)
}

/** As a browser's `new WebSocket(url, protocols)`, with headers or without. */
async function open(path: string, options: SocketOptions = {}): Promise<TestSocket> {
  return await TestSocket.open(server.url + path, options)
}

describe('[W1] where', () => {
  test('[W1] /ws/ is for all the caller’s rooms, /ws/chat/<room_name>/ for one, with and without the slash', async () => {
    const [ann, ben] = [await server.register(), await server.register()]
    const [one, two] = [await ann.createRoom(), await ann.createRoom()]
    await ben.createRoom()
    for (const path of ['/ws/', '/ws']) {
      await using socket = await openSocket(ann, path)
      expect((await roomsOf(socket)).toSorted((a, b) => a - b)).toEqual([one.id, two.id])
    }
    for (const path of [
      `/ws/chat/${one.name}/`,
      `/ws/chat/${one.name}`,
      `/ws/chat/${one.name.toUpperCase()}/`,
      `/ws/?room=${one.name}`,
      `/ws?room=${one.name}`,
    ]) {
      await using socket = await openSocket(ann, path)
      expect(await roomsOf(socket)).toEqual([one.id])
    }
  })

  test('[W1] any other path is no socket’s', async () => {
    const user = await server.register()
    for (const path of ['/', '/ws/chat', '/ws/chat/', '/ws/other/', '/api/rooms/', '/wss/']) {
      expect(await refusal(user.connect(path))).toBeGreaterThanOrEqual(400)
    }
  })

  test('[W1] a one-room socket hears its room alone', async () => {
    const user = await server.register()
    const [one, two] = [await user.createRoom(), await user.createRoom()]
    await using socket = await openSocket(user, `/ws/chat/${one.name}/`)
    await ok(user.send(two.id, 'elsewhere'))
    await ok(user.send(one.id, 'here'))
    await socket.settle()
    expect(socket.received.map(({ message }) => message)).toEqual(['here'])
  })

  test('[W1] a one-room socket joins its room when that is public, once, and the others are told', async () => {
    const [ann, ben] = [await server.register(), await server.register()]
    const room = await ann.createRoom()
    await using all = await openSocket(ann)
    await using one = await openSocket(ann, `/ws/chat/${room.name}/`)
    await using own = await openSocket(ben)
    await using joined = await openSocket(ben, `/ws/chat/${room.name}/`)
    await using again = await openSocket(ben, `/ws/chat/${room.name}/`)
    for (const socket of [all, one, own]) {
      await socket.settle()
      expect(socket.ofType('member.joined')).toEqual([
        {
          type: 'member.joined',
          room_id: room.id,
          seq: 2,
          timestamp: expect.any(String),
          user_id: ben.id,
          username: ben.username,
          display_name: null,
          role: 'member',
        },
      ])
    }
    const { rooms } = await joined.ask({ action: 'hello' })
    expect(rooms).toEqual([{ room_id: room.id, last_seq: 2, last_read_seq: 1 }])
    expect(await roomsOf(again)).toEqual([room.id])
    expect(await ok(ben.get(`/api/rooms/${room.id}/`))).toMatchObject({
      role: 'member',
      member_count: 2,
      last_seq: 2,
    })
    for (const socket of [joined, again]) expect(socket.ofType('member.joined')).toEqual([])
  })

  test('[W1, R6] whoever joins a public room that all have left by a socket owns it', async () => {
    const [ann, ben] = [await server.register(), await server.register()]
    const room = await ann.createRoom()
    await ok(ann.post(`/api/rooms/${room.id}/leave/`))
    await using own = await openSocket(ben)
    await using joined = await openSocket(ben, `/ws/chat/${room.name}/`)
    await own.settle()
    expect(own.ofType('member.joined')).toMatchObject([{ room_id: room.id, seq: 3, role: 'owner' }])
    expect(await joined.ask({ action: 'sendmessage', message: 'mine' })).toMatchObject({ seq: 4 })
    expect((await ok(ben.get(`/api/rooms/${room.id}/`))).role).toBe('owner')
  })

  test('[W1] members of private and direct rooms have sockets for them too', async () => {
    const [ann, ben] = [await server.register(), await server.register()]
    const hidden = await ann.createRoom({ title: 'P', kind: 'private' })
    await invite(ann, hidden, 'member', ben)
    const direct = await ok(ann.post('/api/direct/', { username: ben.username }))
    for (const { id, name } of [hidden, direct]) {
      await using socket = await openSocket(ben, `/ws/chat/${name}/`)
      await ok(ann.send(id, 'hi'))
      expect(await socket.next('message')).toMatchObject({ room_id: id, message: 'hi' })
    }
  })

  test('[W1] rooms that are made, joined, opened or invited to after the connect are heard', async () => {
    const [ann, ben] = [await server.register(), await server.register()]
    const open = await ann.createRoom()
    const bySocket = await ann.createRoom()
    const hidden = await ann.createRoom({ title: 'P', kind: 'private' })
    await using socket = await openSocket(ben)
    const made = await ben.createRoom()
    await join(open, ben)
    await using other = await openSocket(ben, `/ws/chat/${bySocket.name}/`)
    await invite(ann, hidden, 'member', ben)
    const direct = await ok(ann.post('/api/direct/', { username: ben.username }))
    await ok(ben.send(made.id, 'made'))
    await ok(ann.send(open.id, 'joined'))
    await ok(ann.send(bySocket.id, 'joined by socket'))
    await ok(ann.send(hidden.id, 'invited'))
    await ok(ann.send(direct.id, 'direct'))
    await socket.settle()
    expect(socket.ofType('message').map(({ message }) => message)).toEqual([
      'made',
      'joined',
      'joined by socket',
      'invited',
      'direct',
    ])
    await other.settle()
    expect(other.ofType('message').map(({ message }) => message)).toEqual(['joined by socket'])
  })

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

  test('[R5] whoever is removed hears nothing more, and a socket for the room alone is closed', async () => {
    const [ann, ben] = [await server.register(), await server.register()]
    const room = await ann.createRoom()
    await join(room, ben)
    await using all = await openSocket(ben)
    await using one = await openSocket(ben, `/ws/chat/${room.name}/`)
    await using simple = await openSimple(ben, room.name)
    await ok(ann.delete(`/api/rooms/${room.id}/members/${ben.username}/`))
    await ok(ann.send(room.id, 'without Ben'))
    await one.closed
    await simple.closed
    expect(one.received.at(-1)).toEqual({
      type: 'bye',
      code: 'removed',
      reconnect: false,
      after_ms: 0,
    })
    expect(simple.received).toEqual([])
    await all.settle()
    expect(logOf(all, room.id)).toEqual(['3 member.left'])
    expect(all.received.at(-1)).toEqual({ type: 'room.removed', room_id: room.id })
    expect(await roomsOf(all)).toEqual([])
  })
})

describe('[W2] who', () => {
  test('[W2] the token comes in the Authorization header, or as the second word of the subprotocol', async () => {
    const user = await server.register()
    const { access } = user
    const room = await user.createRoom()
    const openings: SocketOptions[] = [
      { token: access, protocols: [protocolV1] },
      { protocols: [protocolV1, access] },
      { token: access, protocols: [protocolV1, 'anything'] },
      { headers: { authorization: `bearer ${access}` }, protocols: [protocolV1] },
    ]
    for (const options of openings) {
      await using socket = checkFrames(await open('/ws/', options), 'v1')
      expect(socket.ws.protocol).toBe(protocolV1)
      const { type, user: who } = await socket.ask({ action: 'hello' })
      expect({ type, who }).toEqual({
        type: 'hello',
        who: { id: user.id, username: user.username, display_name: null },
      })
      expect(await roomsOf(socket)).toEqual([room.id])
    }
  })

  test('[W2] the first word is echoed, and only quick-connect.v1 makes a v1 client', async () => {
    const user = await server.register()
    const room = await user.createRoom()
    const token = user.access
    const openings: [options: SocketOptions, echoed: string][] = [
      [{ protocols: ['chat-protocol', token] }, 'chat-protocol'],
      [{ protocols: ['quick-connect.v2', token] }, 'quick-connect.v2'],
      [{ protocols: [protocolV1.toUpperCase(), token] }, protocolV1.toUpperCase()],
      [{ token, protocols: ['chat', protocolV1] }, 'chat'],
      [{ token, protocols: ['chat'] }, 'chat'],
      [{ token, protocols: [] }, ''],
    ]
    for (const [options, echoed] of openings) {
      await using socket = checkFrames(await open(`/ws/chat/${room.name}/`, options), 'simple')
      expect(socket.ws.protocol).toBe(echoed)
      socket.send({ action: 'hello', id: 1 })
      socket.send({ message: `as ${echoed}.`, id: 2 })
      expect(await socket.next('message')).toMatchObject({ message: `as ${echoed}.` })
      await socket.settle()
      expect(socket.received).toHaveLength(1)
    }
    expect(await historyOf(user, room.id)).toHaveLength(openings.length)
  })

  test('[W2] a simple client is sent only messages and errors, one object a frame, in order', async () => {
    const [ann, ben, cid] = [
      await server.register(),
      await server.register(),
      await server.register(),
    ]
    const room = await ann.createRoom()
    await using simple = await openSimple(ben, room.name)
    const direct = await ok(ben.post('/api/direct/', { username: ann.username }))
    await using simpleDirect = await openSimple(ben, direct.name)
    await using v1 = await openSocket(ann, `/ws/chat/${room.name}/`)
    const frames: unknown[] = []
    simple.ws.on('message', (data: Buffer) => frames.push(JSON.parse(data.toString())))
    const member = `/api/rooms/${room.id}/members/${cid.username}/`

    await join(room, cid)
    await ok(ann.put(member, { role: 'moderator' }))
    await ok(ann.patch(`/api/rooms/${room.id}/`, { title: 'Another' }))
    v1.send({ action: 'typing' })
    await v1.ask({ action: 'sendmessage', message: 'one' })
    simple.send({ message: 'two', id: 1 })
    await v1.next(({ message }) => message === 'two')
    for (const action of ['hello', 'heads']) simple.send({ action, id: 2 })
    simple.send({ action: 'typing', id: 3 })
    simple.send({ action: 'read', seq: 7, id: 4 })
    await v1.next('typing')
    await vi.waitFor(async () => {
      expect((await ok(ben.get(`/api/rooms/${room.id}/`))).last_read_seq).toBe(7)
    })
    simple.send({ action: 'nothing', id: 5 })
    await simple.next('error')
    await ok(ann.send(direct.id, 'you'))
    // Presence: Ann is Ben's partner, and comes and goes.
    await v1.close()
    await vi.waitFor(async () => {
      expect((await ok(ben.get(`/api/rooms/${direct.id}/`))).partner.online).toBe(false)
    })
    await using back = await openSocket(ann)
    await ok(ann.delete(member))
    await back.next('member.left')
    await Promise.all(Array.from({ length: 20 }, (_, n) => ann.send(room.id, `many ${n}`)))
    await ok(ann.send(room.id, 'last'))
    await simple.settle()
    await simpleDirect.settle()

    const history = await historyOf(ann, room.id)
    const messages = history.map((message) => ({ type: 'message', ...message }))
    expect(simple.ofType('message')).toEqual(messages)
    expect(simple.ofType('error')).toMatchObject([{ id: 5, code: 'bad_request' }])
    expect(frames).toEqual(simple.received)
    expect(frames).toHaveLength(history.length + 1)
    expect(simpleDirect.received).toMatchObject([{ type: 'message', message: 'you' }])

    await ok(ann.delete(`/api/rooms/${room.id}/`))
    await simple.closed
    expect(simple.received).toHaveLength(history.length + 1)
  })

  test('[W2] a token in the URL opens nothing', async () => {
    const { access } = await server.register()
    for (const name of ['token', 'access_token', 'access', 'authorization']) {
      expect(await refusal(open(`/ws/?${name}=${access}`))).toBe(401)
      expect(await refusal(open(`/ws/?${name}=${access}`, { protocols: [protocolV1] }))).toBe(401)
    }
  })

  test('[W2] no Origin passes, the own one passes, a foreign one is refused', async () => {
    const user = await server.register()
    const from = (origin: string) => refusal(user.connect('/ws/', { headers: { origin } }))
    expect(await refusal(user.connect())).toBe(101)
    const { host, port } = new URL(server.url)
    for (const own of [server.url, `https://${host}`]) expect(await from(own)).toBe(101)
    for (const foreign of [
      'https://evil.example',
      `${server.url}.evil.example`,
      `http://localhost:${Number(port) + 1}`,
      `tauri://${host}`,
      'null',
      'nonsense',
    ]) {
      expect(await from(foreign)).toBe(403)
    }
  })

  test('[W2] ALLOWED_ORIGINS names the origins that pass', async () => {
    const allowedOrigins = [
      'https://chat.example.org',
      'http://localhost:5173',
      'capacitor://localhost',
      'tauri://localhost',
      'http://tauri.localhost',
    ]
    await using elsewhere = await startTestServer({ allowedOrigins })
    const user = await elsewhere.register()
    const from = (origin: string) => refusal(user.connect('/ws/', { headers: { origin } }))
    for (const origin of allowedOrigins) expect(await from(origin)).toBe(101)
    expect(await refusal(user.connect())).toBe(101)
    for (const foreign of [
      'https://evil.example',
      'http://chat.example.org',
      'https://chat.example.org:8443',
      'https://chat.example.org.evil.example',
      elsewhere.url,
      'ionic://localhost',
      'tauri://localhost.evil.example',
      'TAURI://localhost',
      'null',
    ]) {
      expect(await from(foreign)).toBe(403)
    }
  })

  test('[W2] 401 without a good token, or after its session has ended', async () => {
    const user = await server.register()
    const status = (token: string) => refusal(user.connect('/ws/', { token }))
    expect(await refusal(open('/ws/'))).toBe(401)
    expect(await refusal(open('/ws/', { protocols: [protocolV1] }))).toBe(401)
    expect(await status('nonsense')).toBe(401)
    expect(await refusal(open('/ws/', { protocols: [user.access] }))).toBe(401)
    expect(await status(user.refresh)).toBe(401)
    expect(await status(signToken(user, { expiresIn: -1 }))).toBe(401)
    expect(await status(signToken(user))).toBe(101)
    await ok(user.post('/api/logout/'))
    expect(await status(user.access)).toBe(401)
    expect(await status(signToken(user))).toBe(401)
  })

  test('[W2] 403 for who is suspended', async () => {
    const user = await server.register()
    await using database = await openDatabase(server)
    const suspend = (when: string) =>
      database.execute(`update users set suspended_at = ${when} where id = $1`, [user.id])
    await suspend('now()')
    expect(await refusal(user.connect())).toBe(403)
    await suspend('null')
    expect(await refusal(user.connect())).toBe(101)
  })

  test('[W2, R4, R6] 404 for a room that is unknown, private, direct or deleted, and nothing is joined', async () => {
    const [ann, ben, cid] = [
      await server.register(),
      await server.register(),
      await server.register(),
    ]
    const hidden = await ann.createRoom({ title: 'P', kind: 'private' })
    const direct = await ok(ann.post('/api/direct/', { username: ben.username }))
    const deleted = await ann.createRoom()
    await join(deleted, cid)
    await ok(ann.delete(`/api/rooms/${deleted.id}/`))
    const names = [hidden, direct, deleted].map(({ name }) => name)
    for (const name of [...names, 'nowhere', 'no-word', 'a b', 'x'.repeat(65)]) {
      expect(await refusal(cid.connect(`/ws/chat/${encodeURIComponent(name)}/`))).toBe(404)
    }
    expect(await refusal(cid.connect('/ws/?room='))).toBe(404)
    expect((await ok(cid.get('/api/rooms/?member=true'))).results).toEqual([])
    expect(await refusal(ann.connect(`/ws/chat/${deleted.name}/`))).toBe(404)
  })

  test('[W2] 429 for one socket too many, until another has gone', async () => {
    await using limited = await startTestServer({ limits: { connectionsPerUser: 2 } })
    const [ann, ben] = [await limited.register(), await limited.register()]
    const room = await ben.createRoom()
    await using first = await openSocket(ann)
    await using second = await openSocket(await ann.login())
    expect(await refusal(ann.connect())).toBe(429)
    expect(await refusal(ann.connect(`/ws/chat/${room.name}/`))).toBe(429)
    expect((await ok(ann.get(`/api/rooms/${room.id}/`))).role).toBeNull()
    expect(await refusal(ben.connect())).toBe(101)
    await first.close()
    await vi.waitFor(async () => expect(await refusal(ann.connect())).toBe(101))
    expect((await second.ask({ action: 'heads' })).type).toBe('heads')
  })

  test('[W2] 503 when the database ends the work, and a later try succeeds', async () => {
    const user = await server.register()
    expect(await whileDatabaseFails(server, () => refusal(user.connect()))).toBe(503)
    await vi.waitFor(async () => expect(await refusal(user.connect())).toBe(101))
  })

  test('[W2] 503 when the database does not answer in 25 s', async () => {
    await using slow = await startTestServer()
    const user = await slow.register()
    await using blocker = await openDatabase(slow)
    await blocker.execute('begin')
    await blocker.execute('lock table users in access exclusive mode')
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      let status: number | undefined
      const refused = refusal(user.connect()).then((answered) => (status = answered))
      await vi.waitFor(async () => {
        const waiting = await blocker.execute(
          `select from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock'`,
        )
        expect(waiting).toHaveLength(1)
      })
      await vi.advanceTimersByTimeAsync(20_000)
      expect(status).toBeUndefined()
      await vi.advanceTimersByTimeAsync(5_000)
      expect(await refused).toBe(503)
    } finally {
      vi.useRealTimers()
      await blocker.execute('rollback')
    }
    // What was refused is undone when it comes after all.
    await vi.waitFor(async () => {
      const waiting = await blocker.execute(
        `select from pg_stat_activity
          where datname = current_database() and state = 'active' and pid <> pg_backend_pid()`,
      )
      expect(waiting).toEqual([])
      expect(await blocker.execute('select id from connections')).toEqual([])
    })
  })
})

describe('[W2] how long', () => {
  test('[W2] a socket outlives its access token', async () => {
    const user = await server.register()
    const room = await user.createRoom()
    const token = signToken(user, { expiresIn: 2 })
    await using socket = await openSocket(user, '/ws/', { token })
    await using simple = checkFrames(
      await open(`/ws/chat/${room.name}/`, { protocols: ['chat', token] }),
      'simple',
    )
    await vi.waitFor(
      async () => {
        const answer = await server.call('GET', '/api/rooms/', undefined, token)
        expect(problemOf(answer)).toBe('401 unauthenticated')
      },
      { timeout: 5_000 },
    )
    expect(await refusal(user.connect('/ws/', { token }))).toBe(401)
    const frame = { action: 'sendmessage', room_id: room.id, message: 'still here' }
    expect((await socket.ask(frame)).type).toBe('ack')
    simple.send({ message: 'me too' })
    await simple.next(({ message }) => message === 'me too')
    expect((await socket.ask({ action: 'heads' })).rooms).toMatchObject([{ last_seq: 3 }])
  })

  test('[W2, A4] a socket never outlives its session: bye, and closed; a simple one without bye', async () => {
    const user = await server.register()
    const other: TestUser = await user.login()
    const room = await user.createRoom()
    await using all = await openSocket(user)
    await using one = await openSocket(user, `/ws/chat/${room.name}/`)
    await using simple = await openSimple(user, room.name)
    await using stays = await openSocket(other)
    const at = Date.now()
    await ok(user.post('/api/logout/'))
    await Promise.all([all.closed, one.closed, simple.closed])
    expect(Date.now() - at).toBeLessThan(5_000)
    const bye = { type: 'bye', code: 'session_revoked', reconnect: false, after_ms: 0 }
    expect(all.received).toEqual([bye])
    expect(one.received).toEqual([bye])
    expect(simple.received).toEqual([])
    await ok(other.send(room.id, 'still here'))
    await stays.next('message')
    expect(stays.received).toHaveLength(1)
  })

  test('[W2] a frame of a socket whose session has ended otherwise does nothing, and closes it', async () => {
    const user = await server.register()
    const other = await user.login()
    const room = await user.createRoom()
    await using socket = await openSocket(user, `/ws/chat/${room.name}/`)
    await using database = await openDatabase(server)
    await database.execute(
      `update sessions set expires_at = now() where user_id = $1
          and id = (select session_id from connections where user_id = $1)`,
      [user.id],
    )
    socket.send({ action: 'sendmessage', message: 'too late', id: 1 })
    await socket.closed
    expect(socket.received).toMatchObject([
      { type: 'error', id: 1, code: 'session_revoked', retryable: false },
      { type: 'bye', code: 'session_revoked', reconnect: false },
    ])
    expect(await historyOf(other, room.id)).toEqual([])
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
