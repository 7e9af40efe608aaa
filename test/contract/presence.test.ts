import { afterAll, describe, expect, test } from 'vitest'
import { startTestServer } from '../support/chat-server.ts'
import type { Frame, TestSocket } from '../support/test-socket.ts'
import type { TestUser } from '../support/test-user.ts'
import {
  historyOf,
  join,
  logOf,
  ok,
  openDatabase,
  openSimple,
  openSocket,
  refusal,
} from './support.ts'

const server = await startTestServer()
afterAll(() => server[Symbol.asyncDispose]())

async function makePartners() {
  const [ann, ben] = [await server.register(), await server.register()]
  const direct = await ok(ann.post('/api/direct/', { username: ben.username }))
  return { ann, ben, path: `/api/rooms/${direct.id}/` }
}

/** Sets a user's sockets back in time, as if it had passed. */
async function letPass(user: TestUser, column: string, interval: string): Promise<void> {
  await using database = await openDatabase(server)
  await database.execute(
    `update connections set ${column} = ${column} - interval '${interval}' where user_id = $1`,
    [user.id],
  )
}

async function connectionsOf(user: TestUser): Promise<number> {
  await using database = await openDatabase(server)
  const rows = await database.execute('select id from connections where user_id = $1', [user.id])
  return rows.length
}

function presenceOf(socket: TestSocket, user: TestUser): boolean[] {
  return socket
    .ofType('presence')
    .filter((frame: Frame) => frame.user_id === user.id && frame.username === user.username)
    .map((frame: Frame) => frame.online)
}

describe('[W11] connections', () => {
  test('[W11] a row expires 2 h 5 min after its connect, and is swept with what comes next', async () => {
    const user = await server.register()
    const other = await server.register()
    await using _ = await openSocket(user)
    await using database = await openDatabase(server)
    const [row] = await database.execute(
      `select extract(epoch from expires_at - connected_at)::int as life from connections where user_id = $1`,
      [user.id],
    )
    expect(row).toEqual({ life: 2 * 3_600 + 5 * 60 })
    await letPass(user, 'expires_at', '2 hours 6 minutes')
    await using __ = await openSocket(other)
    expect(await connectionsOf(user)).toBe(0)
  })

  test('[W11] to an expired connection nothing is sent, and its next frame ends it', async () => {
    const [ann, ben] = [await server.register(), await server.register()]
    const room = await ann.createRoom()
    await join(room, ben)
    await using socket = await openSocket(ben)
    await letPass(ben, 'expires_at', '2 hours 6 minutes')
    await ok(ann.send(room.id, 'hi'))
    await socket.settle()
    expect(socket.received).toEqual([])
    socket.send({ action: 'sendmessage', room_id: room.id, message: 'late' })
    await socket.closed
    expect(socket.received).toEqual([
      { type: 'bye', code: 'unknown_connection', reconnect: true, after_ms: 0 },
    ])
    expect(await historyOf(ann, room.id)).toHaveLength(1)
    // And it does connect again.
    await using again = await openSocket(ben)
    await ok(ann.send(room.id, 'welcome back'))
    await again.settle()
    expect(logOf(again, room.id)).toEqual(['4 message'])
  })

  test.each([
    { action: 'sendmessage', message: 'hi' },
    { action: 'hello' },
    { action: 'heads' },
    { action: 'typing' },
    { action: 'read', seq: 1 },
  ])(
    '[W11] a $action from a connection that is not known gets bye, and it is closed',
    async (frame) => {
      const user = await server.register()
      const room = await user.createRoom()
      await using socket = await openSocket(user, `/ws/chat/${room.name}/`)
      await using database = await openDatabase(server)
      await database.execute('delete from connections where user_id = $1', [user.id])
      socket.send({ ...frame, id: 1 })
      await socket.closed
      expect(socket.received).toEqual([
        { type: 'bye', code: 'unknown_connection', reconnect: true, after_ms: 0 },
      ])
      expect(await historyOf(user, room.id)).toEqual([])
    },
  )

  test('[W11] a closed socket is forgotten', async () => {
    const user = await server.register()
    const socket = await openSocket(user)
    await using staying = await openSocket(user)
    expect(await connectionsOf(user)).toBe(2)
    await socket.close()
    await expect.poll(() => connectionsOf(user)).toBe(1)
    await staying.ask({ action: 'heads' })
    expect(await connectionsOf(user)).toBe(1)
  })

  test('[W11] a push to a socket that is gone forgets only a connection older than 35 s', async () => {
    const [ann, ben] = [await server.register(), await server.register()]
    const room = await ann.createRoom()
    await join(room, ben)
    await using staying = await openSocket(ben)
    await using database = await openDatabase(server)
    // As if $disconnect had not come.
    await database.execute(
      `with gone as (
         insert into connections (id, user_id, session_id, simple, expires_at)
         select 'gone-' || n, user_id, session_id, n = 2, expires_at
           from connections, generate_series(1, 2) n where user_id = $1
         returning id)
       insert into subscriptions (room_id, connection_id) select $2, id from gone`,
      [ben.id, room.id],
    )
    await ok(ann.send(room.id, 'young'))
    expect(await connectionsOf(ben)).toBe(3)
    await letPass(ben, 'connected_at', '30 seconds')
    await ok(ann.send(room.id, 'still young'))
    expect(await connectionsOf(ben)).toBe(3)
    await letPass(ben, 'connected_at', '6 seconds')
    await ok(ann.send(room.id, 'old'))
    await expect.poll(() => connectionsOf(ben)).toBe(1)
    await staying.settle()
    expect(logOf(staying, room.id)).toEqual(['3 message', '4 message', '5 message'])
  })

  test('[W11] expired connections do not count as open sockets', async () => {
    await using limited = await startTestServer({ limits: { connectionsPerUser: 1 } })
    const user = await limited.register()
    await using _ = await openSocket(user)
    expect(await refusal(user.connect())).toBe(429)
    await using database = await openDatabase(limited)
    await database.execute('update connections set expires_at = now()')
    expect(await refusal(user.connect())).toBe(101)
  })
})

describe('[W11] presence', () => {
  test('[W11] a direct partner is online with a socket, and offline without', async () => {
    const { ann, ben, path } = await makePartners()
    const isOnline = async () => (await ok(ann.get(path))).partner.online as boolean
    expect(await isOnline()).toBe(false)
    await using socket = await openSocket(ben)
    expect(await isOnline()).toBe(true)
    const list = await ok(ann.get('/api/rooms/?member=true'))
    expect(list.results).toMatchObject([{ partner: { id: ben.id, online: true } }])
    await socket.close()
    await expect.poll(isOnline).toBe(false)
  })

  test('[W11] online means a frame within 6 minutes', async () => {
    const { ann, ben, path } = await makePartners()
    const isOnline = async () => (await ok(ann.get(path))).partner.online as boolean
    await using socket = await openSocket(ben)
    await letPass(ben, 'seen_at', '5 minutes 50 seconds')
    expect(await isOnline()).toBe(true)
    await letPass(ben, 'seen_at', '15 seconds')
    expect(await isOnline()).toBe(false)
    await socket.ask({ action: 'heads' })
    expect(await isOnline()).toBe(true)
  })

  test('[W11] partners are told of the first socket and the last, nobody else is', async () => {
    const { ann, ben } = await makePartners()
    const other = await server.register()
    const room = await ann.createRoom()
    await join(room, ben, other)
    await using partner = await openSocket(ann)
    await using partnerToo = await openSocket(ann)
    await using simple = await openSimple(ann, room.name)
    await using neighbour = await openSocket(other)
    const first = await openSocket(ben)
    const second = await openSocket(ben, `/ws/chat/${room.name}/`)
    await partner.settle()
    expect(presenceOf(partner, ben)).toEqual([true])
    await second.close()
    await expect.poll(() => connectionsOf(ben)).toBe(1)
    await partner.settle()
    expect(presenceOf(partner, ben)).toEqual([true])
    await first.close()
    await expect.poll(() => presenceOf(partner, ben)).toEqual([true, false])
    await using _ = await openSocket(ben)
    for (const socket of [partner, partnerToo, simple, neighbour]) await socket.settle()
    expect(presenceOf(partner, ben)).toEqual([true, false, true])
    expect(presenceOf(partnerToo, ben)).toEqual([true, false, true])
    expect(simple.received).toEqual([])
    expect(neighbour.ofType('presence')).toEqual([])
  })

  test('[W11] who comes back after 6 silent minutes is shown again at the next socket', async () => {
    const { ann, ben } = await makePartners()
    await using partner = await openSocket(ann)
    await using _ = await openSocket(ben)
    await letPass(ben, 'seen_at', '7 minutes')
    await using __ = await openSocket(ben)
    await partner.settle()
    expect(presenceOf(partner, ben)).toEqual([true, true])
  })

  test('[W11] a room that is looked at says how many of its members are online', async () => {
    const [ann, ben, eve] = [
      await server.register(),
      await server.register(),
      await server.register(),
    ]
    const room = await ann.createRoom()
    await join(room, ben)
    const count = async () => (await ok(eve.get(`/api/rooms/${room.id}/`))).online_count as number
    expect(await count()).toBe(0)
    await using _ = await openSocket(ann)
    await using __ = await openSocket(ann)
    await using socket = await openSimple(ben, room.name)
    await using ___ = await openSocket(eve)
    expect(await count()).toBe(2)
    await letPass(ann, 'seen_at', '7 minutes')
    expect(await count()).toBe(1)
    await socket.close()
    await expect.poll(count).toBe(0)
  })
})
