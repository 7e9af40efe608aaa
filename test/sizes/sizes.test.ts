/** Large rooms, users in many rooms, and a million messages. Every request must be answered by indexes. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fanOutRoom } from '../../src/core/fan-out/fan-out-room.ts'
import { noMetrics } from '../../src/core/monitoring/no-metrics.ts'
import { displayNameWindow, onlineSocketsMax } from '../../src/protocol/limits.ts'
import { callRoute, closedRoutes, type Scene, titled } from '../support/routes.ts'
import { fieldOf, ok, walk } from '../support/answers.ts'
import { join } from '../support/memberships.ts'
import { openSocket } from '../support/open-socket.ts'
import { openDatabase } from '../support/watch-database.ts'
import { startTestServer, type TestServer } from '../support/chat-server.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import type { TestSocket } from '../support/test-socket.ts'
import type { TestUser } from '../support/test-user.ts'
import { type ExecutedPlan, explainTo, readsOf, workOf } from '../support/explaining-client.ts'
import { fill, type Filled, sizes } from './fill.ts'

let database: TestDatabase
let server: TestServer
let busy: TestUser
let owner: TestUser
let filled: Filled

beforeAll(async () => {
  database = await createTestDatabase()
  server = await startTestServer({ database })
  busy = await server.register('busy')
  owner = await server.register('owner')
  filled = await fill(database, { busy: busy.id, owner: owner.id })
}, 180_000)
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

test('[W3] a user in 1,000 rooms connects, and hello lists the state of each', async () => {
  await using socket = await openSocket(busy)
  await socket.ask({ action: 'hello' })
  const rooms = socket.ofType('hello').flatMap((frame) => frame.rooms)
  expect(new Set(rooms.map(({ room_id }) => room_id)).size).toBe(sizes.mostRooms)
  expect(socket.ofType('hello').map(({ done }) => done)).toEqual([
    ...Array(socket.ofType('hello').length - 1).fill(false),
    true,
  ])
})

test('[R1] a user in 1,000 rooms lists them all, page by page', async () => {
  const ids = fieldOf(await walk(busy, '/api/rooms/?member=true&limit=100'), 'id')
  expect(new Set(ids).size).toBe(sizes.mostRooms)
  expect(ids).toHaveLength(sizes.mostRooms)
})

test('[R1] a user in 1,000 rooms lists them in the order of activity, page by page', async () => {
  const list = '/api/rooms/?member=true&order=activity&limit=100'
  const rooms = (await walk(busy, list)).flatMap((page) => page.results)
  expect(new Set(rooms.map(({ id }) => id)).size).toBe(sizes.mostRooms)
  const times = rooms.map(({ last_event_at }) => last_event_at)
  expect(times).toEqual(times.toSorted().toReversed())
})

test('[R2, W11] a room of 5,000 members lists and counts them, and shows who is online', async () => {
  const { largestRoomId: id } = filled
  const names = fieldOf(await walk(owner, `/api/rooms/${id}/members/?limit=100`), 'username')
  expect(new Set(names).size).toBe(sizes.largestRoom)
  const room = await ok(owner.get(`/api/rooms/${id}/`))
  // The owner has no socket.
  expect(room).toMatchObject({
    member_count: sizes.largestRoom,
    // As many sockets as the count looks at.
    online_count: onlineSocketsMax,
    online_more: true,
    online_ids: expect.objectContaining({ length: onlineSocketsMax }),
    last_seq: sizes.messages / 10,
    unread: 0,
  })
})

test('[M2, W5] a message to a room of 5,000 sockets reaches the open ones', async () => {
  await using socket = await openSocket(busy)
  await join({ id: filled.largestRoomId }, busy)
  const sent = await ok(owner.send(filled.largestRoomId, 'to all of you'))
  expect(await socket.next('message')).toMatchObject({ id: sent.id, message: 'to all of you' })
})

test('[N1] a user with 3,000 unread notifications sees that there are many, page by page', async () => {
  const pages = await walk(busy, '/api/notifications/?unread=true&limit=100')
  expect(new Set(fieldOf(pages, 'id')).size).toBe(3 * sizes.mostRooms)
  expect(new Set(pages.map(({ unread }) => unread))).toEqual(new Set([100]))
})

test('[N1] a message to a room of 5,000 makes rows only for notified members', async () => {
  await using client = await openDatabase(server)
  const notified = async (message: string) => {
    const { seq } = await ok(owner.send(filled.largestRoomId, message))
    return await client.execute(
      `select u.username, n.kind from notifications n join users u on u.id = n.user_id
        where n.room_id = $1 and n.message_seq = $2 order by n.id`,
      [filled.largestRoomId, seq],
    )
  }
  expect(await notified('to nobody in particular')).toEqual([])
  expect(await notified('@many_1 and @many_2, look')).toEqual([
    { username: 'many_1', kind: 'mention' },
    { username: 'many_2', kind: 'mention' },
  ])
})

describe('[C7, M7] a search', () => {
  test('[C7] for a word of every private message works like one for an unknown word', async () => {
    const plans: ExecutedPlan[] = []
    await using explained = await startTestServer({
      database,
      Client: explainTo(plans, 'auto'),
      poolSize: 1,
    })
    const stranger = await explained.register()
    const workFor = async (q: string) => {
      const before = plans.length
      expect(await ok(stranger.get(`/api/search/?q=${q}`))).toMatchObject({ results: [] })
      // The row of the caller's own limit has more versions the more often it is charged.
      return (
        plans
          .slice(before)
          .filter(({ query }) => !/rate_limits|take_token|charge_caller/.test(query))
          .map(workOf)
          // Entries of messages that earlier searches have indexed are cleaned up by whichever search comes next.
          .map((work) =>
            work.replace(/\d+ pages of unindexed_messages/, 'pages of unindexed_messages'),
          )
      )
    }
    // By now the connection has read what it reads once of the catalog.
    await workFor('unheard')
    for (const [said, unsaid] of [
      ['silence', 'nothing'],
      ['silenc', 'nothin'],
      ['message%20silence', 'message%20nothing'],
      ['silence%20or%20silent', 'nothing%20or%20unheard'],
      ['silence%20-tea', 'nothing%20-tea'],
    ] as const) {
      expect(await workFor(said)).toEqual(await workFor(unsaid))
    }
  })

  test('[M7] by a user in 1,000 rooms reads few messages of each', async () => {
    const plans: ExecutedPlan[] = []
    await using explained = await startTestServer({ database, Client: explainTo(plans, 'auto') })
    const found = await ok(busy.at(explained).get('/api/search/?q=message'))
    expect(found.results).toHaveLength(50)
    const rows = plans
      .flatMap(readsOf)
      .filter(({ table }) => table === 'messages')
      .reduce((sum, read) => sum + read.rows, 0)
    expect(rows).toBeLessThan(1_000 * 100 + 20_000)
  })

  test('[M7] by a member of several busy rooms reads the room with the newest matches, and looks up the others', async () => {
    const reader = await server.register('reader')
    const rooms = []
    for (const title of ['first', 'second', 'third', 'fourth']) {
      rooms.push(await reader.createRoom({ title, kind: 'private' }))
    }
    const ids = rooms.map(({ id }) => id).join()
    await using client = await openDatabase(server)
    // Each room has two stretches of the index. The newest 1,000 messages with the word are in the last room.
    await client.execute(
      `insert into messages (room_id, seq, user_id, text, created_at)
         select r.id, r.last_seq + n, ${reader.id}, 'harvest', now()
           from rooms r cross join generate_series(1, 1100) n where r.id in (${ids}) order by r.id, n`,
    )
    await client.execute(
      `update rooms set last_seq = last_seq + 1100, last_event_at = now() + make_interval(secs => id)
        where id in (${ids})`,
    )
    const newest = await client.execute(
      `select id from messages where room_id in (${ids}) order by id desc limit 1000`,
    )
    const plans: ExecutedPlan[] = []
    await using explained = await startTestServer({ database, Client: explainTo(plans, 'auto') })
    const pages = await walk(reader.at(explained), '/api/search/?q=harvest&limit=100')
    expect(fieldOf(pages, 'id')).toEqual(newest.map(({ id }) => Number(id)))
    plans.length = 0
    await ok(reader.at(explained).get('/api/search/?q=harvest'))
    const found = plans.flatMap(readsOf).filter(({ query }) => query.includes('@@'))
    expect(found.reduce((sum, read) => sum + read.rows, 0)).toBeLessThan(1_200)
  })
})

/** The most rows of a table that one query may read. A page has at most 100 rows, a page of pushes 1,000. */
const rowsMax = 2_500
/** As many as a user may have. */
const directChats = 2_000
/** Requests that have to read all of a room. */
const wholeRoom: Record<string, readonly string[]> = {
  // Finds the next owner when the last one leaves.
  'POST /api/rooms/<room>/leave/': ['memberships'],
}
/** Tables that have many rows here. */
const large =
  /^(users|sessions|rooms|memberships|messages|reactions|room_events|notifications|blocks|bans|membership_counts|connections|subscriptions|rate_limits)$/

describe.each(['auto', 'force_generic_plan'] as const)('by plans (plan_cache_mode %s)', (mode) => {
  const plans: ExecutedPlan[] = []
  let explained: TestServer

  beforeAll(async () => {
    explained = await startTestServer({ database, Client: explainTo(plans, mode) })
  })
  afterAll(() => explained[Symbol.asyncDispose]())

  /** The largest room, whatever earlier tests have removed or deleted. */
  async function scene(): Promise<Scene> {
    await using client = await openDatabase(explained)
    const room = filled.largestRoomId
    await client.execute('update rooms set deleted_at = null where id = $1', [room])
    // This goes through the other server, so that there are no plans to read.
    const people = await Promise.all([server.register(), server.register(), server.register()])
    await join({ id: room }, people[0], people[1])
    await client.execute(
      `update memberships set role = 'owner' where room_id = $1 and user_id = $2`,
      [room, people[0].id],
    )
    const { seq } = await ok(people[0].send(filled.largestRoomId, 'hi'))
    const [caller, member, stranger] = [
      people[0].at(explained),
      people[1].at(explained),
      people[2].at(explained),
    ]
    return { server: explained, room, message: seq, caller, member, stranger }
  }

  /** Returns reads of a whole table, or of more rows than should be necessary. */
  async function excesses(work: () => Promise<unknown>, wholeRoom: readonly string[] = []) {
    const before = plans.length
    await work()
    expect(plans.length).toBeGreaterThan(before)
    const asked = new Set(explained.statements.map(({ sql }) => sql))
    const reads = plans
      .slice(before)
      // Statements outside of functions are planned for their parameters each time.
      .filter(({ query }) => mode === 'auto' || !asked.has(query))
      .flatMap(readsOf)
    return reads.filter(({ table, index, rows }) => {
      const most = wholeRoom.includes(table) ? 3 * sizes.largestRoom : rowsMax
      return large.test(table) && (index === undefined || rows > most)
    })
  }

  test.each(titled(closedRoutes))('$name reads by indexes', async ({ name, route }) => {
    const around = await scene()
    const work = () => callRoute(route, around)
    expect(await excesses(work, wholeRoom[name])).toEqual([])
  })

  test('[R1] the list of rooms in the order of activity reads each room of the caller once', async () => {
    const many = busy.at(explained)
    const list = '/api/rooms/?member=true&order=activity'
    const { next } = await ok(many.get(list))
    for (const path of [list, next, `${list}&search=nothing`]) {
      const before = plans.length
      // Unread messages are counted up to 100 for each room of a page.
      expect(await excesses(() => ok(many.get(path)), ['messages'])).toEqual([])
      const reads = plans.slice(before).flatMap(readsOf)
      const looked = reads.filter(({ table }) => table === 'rooms' || table === 'memberships')
      const sum = looked.reduce((rows, read) => rows + read.rows, 0)
      expect(sum).toBeLessThan(3 * sizes.mostRooms)
    }
  })

  test('[A5] a search for users reads a page of usernames and 500 display names of 20,000', async () => {
    const { caller } = await scene()
    for (const search of ['many', 'another', 'a', 'another 1', 'nobody']) {
      const before = plans.length
      const first = `/api/users/?search=${search}`
      const { next } = await ok(caller.get(first))
      for (const path of next === null ? [first] : [first, next]) {
        expect(await excesses(() => ok(caller.get(path)))).toEqual([])
      }
      const reads = plans.slice(before).flatMap(readsOf)
      const sum = reads
        .filter(({ table }) => table === 'users')
        .reduce((rows, read) => rows + read.rows, 0)
      expect(sum).toBeLessThan(3 * (displayNameWindow + 300))
    }
  })

  test('[M7] a search finds messages by their words, without reading them', async () => {
    const { caller } = await scene()
    const word = `zebra${mode.replaceAll('_', '')}`
    await ok(caller.send(filled.largestRoomId, `a ${word}`))
    for (const q of [word, word.slice(0, -1), `"a ${word}"`, `${word} -tea`, `${word} or horse`]) {
      const before = plans.length
      let found
      const work = async () => (found = await ok(caller.get(`/api/search/?q=${encodeURI(q)}`)))
      expect(await excesses(work)).toEqual([])
      expect(found).toMatchObject({ results: [{ message: `a ${word}` }] })
      const reads = plans.slice(before).flatMap(readsOf)
      expect(reads.map(({ index }) => index)).toContain('message_words_words')
    }
  })

  test('a shard of a large room is served by indexes', async () => {
    const { caller } = await scene()
    const room = filled.largestRoomId
    const [, { seq }] = [await ok(caller.send(room, 'one')), await ok(caller.send(room, 'two'))]
    const sender = { post: async () => [], close: async () => [] }
    const wakeUp = { kind: 'room' as const, room_id: room, shards: 4, shard: 1 }
    const work = () =>
      fanOutRoom({ db: explained.db, sender, metrics: noMetrics }, [
        { ...wakeUp, first_seq: seq, last_seq: seq },
      ])
    // Four subscriptions are read for each one that belongs to the shard.
    expect(await excesses(work, ['subscriptions'])).toEqual([])
    expect(await excesses(work)).toEqual([])
  })

  test('[N1] notifications are made, counted, listed and read by indexes', async () => {
    const { room: room_id, caller, member } = await scene()
    const many = busy.at(explained)
    await join({ id: filled.largestRoomId }, many)
    const message = `@${many.username} @${member.username} @nobody_of_this_name`
    const send = () => caller.post('/api/messages/', { room_id, message })
    for (const work of [
      send,
      () => many.get('/api/notifications/'),
      () => many.get('/api/notifications/?unread=true'),
      () => many.post('/api/notifications/read/', { ids: [1, 2, 3] }),
      () => many.post(`/api/rooms/${room_id}/read/`, { seq: 2 * sizes.messages }),
      () => member.post('/api/notifications/read/', { all: true }),
    ]) {
      expect(await excesses(() => ok(work()))).toEqual([])
    }
  })

  test('[W11] presence of 2,000 partners, and the recipients of an end, are read by indexes', async () => {
    const { caller, member } = await scene()
    const room = await member.createRoom()
    await join(room, caller)
    await using client = await openDatabase(explained)
    await client.execute(
      `with partners as (select id from users where username like 'many%' order by id limit $2::int),
            chats as (
              insert into rooms (kind, name, title, direct_key)
                select 'direct', 'direct_' || $1::bigint || '_' || id, '', $1::bigint || ' ' || id from partners
              returning id, name)
         insert into memberships (room_id, user_id, role)
           select c.id, u.id, 'owner'
             from chats c cross join lateral (
               select $1::bigint as id union all select cast(split_part(c.name, '_', 3) as bigint)) u`,
      [caller.id, directChats],
    )
    // Both members of each chat are read.
    const both = ['memberships']
    let socket: TestSocket
    expect(await excesses(async () => (socket = await openSocket(caller)), both)).toEqual([])
    for (const action of ['hello', 'heads']) {
      expect(await excesses(() => socket.ask({ action }), both)).toEqual([])
    }
    const online = socket!
      .ofType('heads')
      .flatMap(({ rooms }) => rooms)
      .filter(({ partner_online }) => partner_online)
    expect(online).toHaveLength(directChats)
    // The server has no such socket, so a push finds it gone. The other one is silent.
    await client.execute(
      `update connections set seen_at = now() - interval '1 hour' where user_id = $1`,
      [caller.id],
    )
    await client.execute(
      `with gone as (
         insert into connections (id, user_id, session_id, simple, connected_at, expires_at)
         select 'gone of ' || user_id, user_id, id, false, now() - interval '1 minute', expires_at
           from sessions where user_id = $1 limit 1
         returning id)
       insert into subscriptions (room_id, connection_id) select $2::bigint, id from gone`,
      [caller.id, room.id],
    )
    const queries = plans.length
    expect(await excesses(() => ok(member.send(room.id, 'anybody?')), both)).toEqual([])
    expect(plans.slice(queries).map(({ query }) => query)).toContainEqual(
      expect.stringContaining('forget_gone_v1'),
    )
    await socket!.close()
  })

  test('a socket, its frames and its end read by indexes', async () => {
    const { room: room_id, caller } = await scene()
    expect(await excesses(() => caller.login())).toEqual([])
    let socket: TestSocket
    expect(await excesses(async () => (socket = await openSocket(caller)))).toEqual([])
    for (const frame of [
      { action: 'hello' },
      { action: 'heads' },
      { action: 'sendmessage', room_id, message: 'hi' },
    ]) {
      expect(await excesses(() => socket.ask(frame))).toEqual([])
    }
    for (const frame of [
      { action: 'typing', room_id },
      { action: 'read', room_id, seq: sizes.messages / 10 },
    ]) {
      // Its answer comes after the frame before has released the connection's row.
      const work = async () => {
        socket.send(frame)
        await socket.ask({ action: 'heads' })
      }
      expect(await excesses(work)).toEqual([])
    }
    const over = async () => {
      const before = plans.length
      await socket.close()
      const queries = () => plans.slice(before).map(({ query }) => query)
      await expect.poll(queries).toContainEqual(expect.stringContaining('disconnect_v3'))
    }
    expect(await excesses(over)).toEqual([])
  })
})
