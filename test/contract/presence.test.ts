import { afterAll, describe, expect, test, vi } from 'vitest'
import { disconnect } from '../../src/core/sockets/disconnect.ts'
import { connectionLifeSeconds, onlineSocketsMax } from '../../src/protocol/limits.ts'
import type { Room } from '../../src/protocol/rooms.ts'
import { startTestServer } from '../support/chat-server.ts'
import type { Frame, TestSocket } from '../support/test-socket.ts'
import { type TestUser, testPassword } from '../support/test-user.ts'
import { historyOf, ok } from '../support/answers.ts'
import { join } from '../support/memberships.ts'
import { logOf, openSimple, openSocket, refusal } from '../support/open-socket.ts'
import { openDatabase } from '../support/watch-database.ts'

const server = await startTestServer()
afterAll(() => server[Symbol.asyncDispose]())

async function registerPeople() {
  return await Promise.all([
    server.register(),
    server.register(),
    server.register(),
    server.register(),
  ])
}

async function directOf(one: TestUser, other: TestUser): Promise<Room> {
  return await ok(one.post('/api/direct/', { username: other.username }))
}

/** Whether `user` sees the partner of a direct chat online, in the room and in the list. */
async function seesOnline(user: TestUser, direct: Room): Promise<boolean> {
  const { partner } = await ok(user.get(`/api/rooms/${direct.id}/`))
  const { results } = await ok(user.get('/api/rooms/?member=true'))
  expect(results.find(({ id }: Room) => id === direct.id).partner).toEqual(partner)
  return partner.online
}

async function countOnline(user: TestUser, room: Room): Promise<number> {
  return (await ok(user.get(`/api/rooms/${room.id}/`))).online_count
}

/** Returns who is online in a room, or null when it is not shown. */
async function idsOnline(user: TestUser, room: Room): Promise<number[] | null> {
  return (await ok(user.get(`/api/rooms/${room.id}/`))).online_ids
}

function isPresence(of: TestUser, online: boolean) {
  return (frame: Frame) =>
    frame.type === 'presence' && frame.user_id === of.id && frame.online === online
}

/** Returns what a socket was told about presence, in order. */
async function presenceOf(socket: TestSocket): Promise<string[]> {
  await socket.settle()
  return socket
    .ofType('presence')
    .map(({ username, online }) => `${username} ${online ? 'on' : 'off'}`)
}

/** Returns the rows of a user's sockets. */
async function rowsOf(user: TestUser): Promise<Record<string, unknown>[]> {
  await using database = await openDatabase(server)
  return await database.execute(
    `select id, extract(epoch from expires_at - connected_at)::int as life
       from connections where user_id = $1`,
    [user.id],
  )
}

async function change(user: TestUser, set: string): Promise<void> {
  await using database = await openDatabase(server)
  await database.execute(`update connections set ${set} where user_id = $1`, [user.id])
}

async function gone(user: TestUser): Promise<void> {
  await vi.waitFor(async () => expect(await rowsOf(user)).toEqual([]))
}

/** Makes a user's sockets older. */
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

let left = 0

/** Adds a connection of a room whose socket is gone. Returns its id. */
async function leaveBehind(user: TestUser, room: Room, age: string): Promise<string> {
  await using database = await openDatabase(server)
  const id = `left-behind-${++left}`
  await database.execute(
    `with gone as (
       insert into connections (id, user_id, session_id, simple, connected_at, expires_at)
       select $2, user_id, id, false, now() - $4::interval, now() + interval '1 hour'
         from sessions where user_id = $1 limit 1
       returning id)
     insert into subscriptions (room_id, connection_id) select $3, id from gone`,
    [user.id, id, room.id, age],
  )
  return id
}

const expire = `expires_at = now() - interval '1 second'`
const forgotten = { type: 'bye', code: 'unknown_connection', reconnect: true, after_ms: 0 }

describe('[W11] who is online', () => {
  test('[W11] online_count and online_ids have each member with a socket once, and no outsiders', async () => {
    const [ann, ben, cid] = await registerPeople()
    const room = await ann.createRoom()
    await join(room, ben)
    expect(await countOnline(ann, room)).toBe(0)
    await using outsider = await openSocket(cid)
    expect(await countOnline(ann, room)).toBe(0)
    await using first = await openSocket(ann)
    await using second = await openSocket(ann, `/ws/chat/${room.name}/`)
    expect(await countOnline(ben, room)).toBe(1)
    expect(await idsOnline(ben, room)).toEqual([ann.id])
    await using simple = await openSimple(ben, room.name)
    expect(await countOnline(ann, room)).toBe(2)
    // A user who fetches a public room sees it, too. A list has no count.
    expect(await countOnline(cid, room)).toBe(2)
    // Only members see the ids.
    expect(new Set(await idsOnline(ann, room))).toEqual(new Set([ann.id, ben.id]))
    expect(await idsOnline(cid, room)).toBeNull()
    const { results } = await ok(ann.get('/api/rooms/?member=true'))
    expect(results[0]).not.toHaveProperty('online_count')
    await simple.close()
    await gone(ben)
    expect(await countOnline(ann, room)).toBe(1)
    await first.close()
    expect(await countOnline(ann, room)).toBe(1)
    for (const socket of [outsider, second]) expect(await presenceOf(socket)).toEqual([])
  })

  test('[W11] online_count looks at the first 1,000 sockets of a room, and says when there are more', async () => {
    const [ann, ben] = await registerPeople()
    const room = await ann.createRoom()
    await join(room, ben)
    await using database = await openDatabase(server)
    // Rows without sockets: all but one of them are Ann's, and the very last one is Ben's.
    const add = async (user: TestUser, name: string, count: number) =>
      await database.execute(
        `with crowd as (
           insert into connections (id, user_id, session_id, simple, expires_at)
           select $2::text || lpad(n::text, 4, '0'), $1, s.id, false, now() + interval '1 hour'
             from generate_series(1, $3::int) n, sessions s where s.user_id = $1
           returning id)
         insert into subscriptions (room_id, connection_id) select $4, id from crowd`,
        [user.id, name, count, room.id],
      )
    const looked = async () => {
      const { online_count, online_more, online_ids } = await ok(ben.get(`/api/rooms/${room.id}/`))
      return { online_count, online_more, online_ids: new Set(online_ids) }
    }
    await add(ben, 'z', 1)
    await add(ann, 'a', onlineSocketsMax - 1)
    expect(await looked()).toEqual({
      online_count: 2,
      online_more: false,
      online_ids: new Set([ann.id, ben.id]),
    })
    await add(ann, 'b', 1)
    expect(await looked()).toEqual({
      online_count: 1,
      online_more: true,
      online_ids: new Set([ann.id]),
    })
    await database.execute('delete from connections')
  })

  test('[W11] online_count has members whose sockets hear of the room', async () => {
    const [ann, ben] = await registerPeople()
    const [room, other] = [await ann.createRoom(), await ann.createRoom()]
    await join(room, ben)
    await using _ = await openSocket(ann, `/ws/chat/${other.name}/`)
    expect(await countOnline(ben, room)).toBe(0)
    expect(await countOnline(ben, other)).toBe(1)
  })

  test('[W11] partner.online follows the partner’s sockets', async () => {
    const [ann, ben] = await registerPeople()
    const direct = await directOf(ann, ben)
    expect(await seesOnline(ann, direct)).toBe(false)
    await using socket = await openSocket(ben)
    expect(await seesOnline(ann, direct)).toBe(true)
    expect(await seesOnline(ben, direct)).toBe(false)
    await socket.close()
    await vi.waitFor(async () => expect(await seesOnline(ann, direct)).toBe(false))
  })

  test('[W11] presence is sent to direct partners at the first connect and the last disconnect', async () => {
    const [ann, ben, cid, dot] = await registerPeople()
    const room = await ann.createRoom()
    await join(room, ben, cid, dot)
    await directOf(ann, ben)
    await directOf(dot, ann)
    await directOf(ben, cid)
    await using all = await openSocket(ben)
    await using one = await openSocket(ben, `/ws/chat/${room.name}/`)
    await using simple = await openSimple(ben, room.name)
    await using others = await openSocket(dot)
    await using stranger = await openSocket(cid)
    const first = await openSocket(ann)
    const second = await openSocket(ann, `/ws/chat/${room.name}/`)
    const third = await openSimple(ann, room.name)
    for (const socket of [first, third]) await socket.close()
    await vi.waitFor(async () => expect(await rowsOf(ann)).toHaveLength(1))
    const on = `${ann.username} on`
    // Cid got no event of Ben's connects, because Cid was not there yet. Ben got one of Cid's.
    expect(await presenceOf(all)).toEqual([`${cid.username} on`, on])
    expect(await presenceOf(one)).toEqual([`${cid.username} on`, on])
    expect(await presenceOf(others)).toEqual([on])
    await second.close()
    const off = `${ann.username} off`
    await others.next(isPresence(ann, false))
    expect(await presenceOf(all)).toEqual([`${cid.username} on`, on, off])
    expect(await presenceOf(others)).toEqual([on, off])
    // Members of the same room get none of this, and neither do simple clients or Ann herself.
    for (const socket of [stranger, simple, first, second, third]) {
      expect(socket.ofType('presence')).toEqual([])
    }
    for (const socket of [first, second, third]) await socket[Symbol.asyncDispose]()
  })

  test('[W11, A4] a user who logs out goes offline, unless another session has a socket', async () => {
    const [ann, ben] = await registerPeople()
    const direct = await directOf(ann, ben)
    const elsewhere = await ben.login()
    await using watching = await openSocket(ann)
    await using one = await openSocket(ben)
    await using two = await openSocket(elsewhere)
    await ok(ben.post('/api/logout/'))
    await one.closed
    expect(await presenceOf(watching)).toEqual([`${ben.username} on`])
    expect(await seesOnline(ann, direct)).toBe(true)
    await ok(elsewhere.post('/api/logout/'))
    await two.closed
    await watching.next(isPresence(ben, false))
    expect(await presenceOf(watching)).toEqual([`${ben.username} on`, `${ben.username} off`])
    expect(await seesOnline(ann, direct)).toBe(false)
  })

  test('[W11] online means a frame within 6 minutes', async () => {
    const [ann, ben] = await registerPeople()
    const room = await ann.createRoom()
    await join(room, ben)
    const direct = await directOf(ann, ben)
    await using watching = await openSocket(ann)
    await using socket = await openSocket(ben)
    await change(ben, `seen_at = now() - interval '5 minutes 50 seconds'`)
    expect(await seesOnline(ann, direct)).toBe(true)
    expect(await countOnline(ann, room)).toBe(2)
    await change(ben, `seen_at = now() - interval '6 minutes 1 second'`)
    expect(await seesOnline(ann, direct)).toBe(false)
    expect(await countOnline(ann, room)).toBe(1)
    // A socket that is offline still gets messages.
    await ok(ann.send(room.id, 'there?'))
    await socket.next('message')
    await socket.ask({ action: 'heads' })
    expect(await seesOnline(ann, direct)).toBe(true)
    expect(await countOnline(ann, room)).toBe(2)
    // After six silent minutes the next connect counts as a first one again.
    await change(ben, `seen_at = now() - interval '7 minutes'`)
    const before = (await presenceOf(watching)).length
    await using next = await openSocket(ben)
    expect((await presenceOf(watching)).slice(before)).toEqual([`${ben.username} on`])
    expect(await presenceOf(next)).toEqual([])
  })

  test.each(['heads', 'hello'])(
    '[W11] %s shows whether each direct partner is online, even after an end that nobody saw',
    async (action) => {
      const [ann, ben, cid, dot] = await registerPeople()
      const room = await ann.createRoom()
      await join(room, ben)
      const [withBen, withCid, withDot] = [
        await directOf(ann, ben),
        await directOf(ann, cid),
        await directOf(ann, dot),
      ]
      await using watching = await openSocket(ann)
      await using bens = await openSocket(ben)
      await using dots = await openSocket(dot)
      const shown = async () => {
        const { rooms } = await watching.ask({ action })
        return Object.fromEntries(
          rooms.map(({ room_id, partner_online }: Frame) => [room_id, partner_online]),
        )
      }
      const before = { [withBen.id]: true, [withCid.id]: false, [withDot.id]: true }
      expect(await shown()).toEqual(before)
      // The sockets are silent for six minutes, or expired: there was no $disconnect, and nobody sent to them.
      await change(ben, `seen_at = now() - interval '6 minutes 1 second'`)
      expect(await shown()).toEqual({ ...before, [withBen.id]: false })
      await bens.ask({ action: 'heads' })
      expect(await shown()).toEqual(before)
      await change(ben, expire)
      expect(await shown()).toEqual({ ...before, [withBen.id]: false })
      // With a block neither sees the other [A6]. A deleted account is not shown at all.
      await ok(dot.put(`/api/users/me/blocks/${ann.username}/`))
      expect(await shown()).toEqual({
        [withBen.id]: false,
        [withCid.id]: false,
        [withDot.id]: false,
      })
      await ok(dot.delete(`/api/users/me/blocks/${ann.username}/`))
      await ok(ann.put(`/api/users/me/blocks/${dot.username}/`))
      expect(await shown()).toMatchObject({ [withDot.id]: false })
      await ok(cid.delete('/api/users/me/', { password: testPassword }))
      expect(await shown()).toMatchObject({ [withBen.id]: false })
      expect((await shown())[withCid.id]).toBeUndefined()
      await dots.settle()
    },
  )

  test.each([
    ['heads', { action: 'heads' }],
    ['hello', { action: 'hello' }],
    ['typing', { action: 'typing' }],
    ['read', { action: 'read', seq: 1 }],
    ['sendmessage', { action: 'sendmessage', message: 'x' }],
  ])('[W11] %s is a frame that shows its user online', async (_, frame) => {
    const [ann, ben] = await registerPeople()
    const direct = await directOf(ann, ben)
    await using socket = await openSocket(ben, `/ws/chat/${direct.name}/`)
    await change(ben, `seen_at = now() - interval '7 minutes'`)
    expect(await seesOnline(ann, direct)).toBe(false)
    socket.send(frame)
    await vi.waitFor(async () => expect(await seesOnline(ann, direct)).toBe(true))
  })
})

describe('[W11] how long a connection is known', () => {
  test('[W11] a row expires 2 h 5 min after its connect, whatever is sent meanwhile', async () => {
    const user = await server.register()
    await using socket = await openSocket(user)
    const rows = await rowsOf(user)
    expect(rows).toMatchObject([{ life: 7_500 }])
    expect(connectionLifeSeconds).toBe(7_500)
    await socket.ask({ action: 'hello' })
    await socket.ask({ action: 'heads' })
    expect(await rowsOf(user)).toEqual(rows)
  })

  test('[W11] an expired connection gets nothing, does not count, and is closed at its next frame', async () => {
    const [ann, ben] = await registerPeople()
    const room = await ann.createRoom()
    await join(room, ben)
    const direct = await directOf(ann, ben)
    await using sending = await openSocket(ann)
    await using socket = await openSocket(ben)
    await using simple = await openSimple(ben, room.name)
    await change(ben, expire)
    await sending.ask({ action: 'sendmessage', room_id: room.id, message: 'anybody?' })
    sending.send({ action: 'typing', room_id: room.id })
    await ok(ben.post(`/api/rooms/${room.id}/read/`, { seq: 2 }))
    await socket.settle()
    await simple.settle()
    expect(socket.received).toEqual([])
    expect(simple.received).toEqual([])
    expect(await seesOnline(ann, direct)).toBe(false)
    expect(await countOnline(ann, room)).toBe(1)
    socket.send({ action: 'sendmessage', room_id: room.id, message: 'me' })
    await socket.closed
    expect(socket.received).toEqual([forgotten])
    expect(await historyOf(ann, room.id)).toHaveLength(1)
  })

  test.each([
    { action: 'hello' },
    { action: 'heads' },
    { action: 'typing' },
    { action: 'read', seq: 2 },
    { action: 'sendmessage', message: 'x' },
    { message: 'x' },
  ])('[W11] %o of an unknown connection gets bye, and the connection is closed', async (frame) => {
    const user = await server.register()
    const room = await user.createRoom()
    await ok(user.send(room.id, 'only this'))
    await using socket = await openSocket(user, `/ws/chat/${room.name}/`)
    await using database = await openDatabase(server)
    await database.execute('delete from connections where user_id = $1', [user.id])
    socket.send(frame)
    await socket.closed
    expect(socket.received).toEqual([forgotten])
    const after = await ok(user.get(`/api/rooms/${room.id}/`))
    expect(after).toMatchObject({ last_seq: 2, last_read_seq: 0 })
  })

  test('[W11] expired connections are swept at a connect, with their subscriptions', async () => {
    const [ann, ben] = await registerPeople()
    await ann.createRoom()
    await using silent = await openSocket(ann)
    const [row] = await rowsOf(ann)
    await change(ann, expire)
    await using other = await openSocket(ben)
    expect(await rowsOf(ann)).toEqual([])
    await using database = await openDatabase(server)
    const left = await database.execute('select from subscriptions where connection_id = $1', [
      row!['id'],
    ])
    expect(left).toEqual([])
    expect(await rowsOf(ben)).toHaveLength(1)
    for (const socket of [silent, other]) await socket.settle()
  })

  test.each(['heads', 'hello'])('[W11] expired connections are swept at %s', async (action) => {
    const [ann, ben] = await registerPeople()
    await using silent = await openSocket(ann)
    await using other = await openSocket(ben)
    await change(ann, expire)
    await other.ask({ action })
    expect(await rowsOf(ann)).toEqual([])
    expect(await rowsOf(ben)).toHaveLength(1)
    silent.send({ action: 'heads' })
    await silent.closed
    expect(silent.received).toEqual([forgotten])
  })

  test('[W11] after bye, the same session connects again and misses nothing more', async () => {
    const user = await server.register()
    const room = await user.createRoom()
    await using socket = await openSocket(user)
    await change(user, expire)
    socket.send({ action: 'heads' })
    await socket.closed
    await using next = await openSocket(user)
    await ok(user.send(room.id, 'back'))
    await next.settle()
    expect(next.received).toMatchObject([{ type: 'message', message: 'back' }])
  })

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
    // Leaves the state of a $disconnect that never came.
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

  test('[W11] a user whose last socket is found gone by a push is offline, and their partners are told', async () => {
    const [ann, ben, cid, dot] = await registerPeople()
    const room = await ann.createRoom()
    await join(room, ben, cid, dot)
    const [direct] = [await directOf(ann, ben), await directOf(cid, ben), await directOf(ann, dot)]
    await using watching = await openSocket(ann)
    await using stranger = await openSocket(dot)
    // None of these sockets had a $disconnect. The sockets that are to be told are gone, too.
    for (const user of [ben, cid]) await leaveBehind(user, room, '36 seconds')
    await leaveBehind(dot, room, '36 seconds')
    expect(await seesOnline(ann, direct)).toBe(true)
    await ok(ann.send(room.id, 'anybody?'))
    await watching.next(isPresence(ben, false))
    expect(await connectionsOf(ben)).toBe(0)
    expect(await connectionsOf(cid)).toBe(0)
    expect(await seesOnline(ann, direct)).toBe(false)
    // Dot has another socket. Cid's partner has none.
    expect(await connectionsOf(dot)).toBe(1)
    expect(await presenceOf(watching)).toEqual([`${dot.username} on`, `${ben.username} off`])
    expect(await presenceOf(stranger)).toEqual([])
    // The $connect of a young connection may not be answered yet.
    await leaveBehind(ben, room, '30 seconds')
    await ok(ann.send(room.id, 'and now?'))
    expect(await connectionsOf(ben)).toBe(1)
    expect((await presenceOf(watching)).slice(2)).toEqual([])
  })

  test('[W11] a $disconnect is not announced again after a push has found the socket gone', async () => {
    const [ann, ben] = await registerPeople()
    await directOf(ann, ben)
    const room = await ann.createRoom()
    await join(room, ben)
    await using watching = await openSocket(ann)
    const id = await leaveBehind(ben, room, '36 seconds')
    await ok(ann.send(room.id, 'anybody?'))
    await watching.next(isPresence(ben, false))
    await disconnect({ db: server.db, sender: { post: async () => [] } }, [id])
    expect(await presenceOf(watching)).toEqual([`${ben.username} off`])
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
