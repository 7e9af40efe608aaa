import { afterAll, describe, expect, test, vi } from 'vitest'
import { frameInMaxBytes, frameOutMaxBytes } from '../../src/protocol/limits.ts'
import { recentMs } from '../../src/core/messages/recently-published.ts'
import { startTestServer } from '../support/chat-server.ts'
import { skipTime } from '../support/skip-time.ts'
import type { Frame, TestSocket } from '../support/test-socket.ts'
import type { TestUser } from '../support/test-user.ts'
import { historyOf, ok } from '../support/answers.ts'
import { join } from '../support/memberships.ts'
import { logOf, openSimple, openSocket } from '../support/open-socket.ts'
import { openDatabase, statementsDuring, whileDatabaseFails } from '../support/watch-database.ts'

const server = await startTestServer()
afterAll(() => server[Symbol.asyncDispose]())

async function makeRoom() {
  const [ann, ben] = [await server.register(), await server.register()]
  const room = await ann.createRoom()
  await join(room, ben)
  return { ann, ben, room, path: `/ws/chat/${room.name}/` }
}

function byRoom(frame: Frame): Frame[] {
  return frame.rooms.toSorted((a: Frame, b: Frame) => a.room_id - b.room_id)
}

async function markerOf(user: TestUser, roomId: number): Promise<number> {
  return (await ok(user.get(`/api/rooms/${roomId}/`))).last_read_seq
}

/** Sends a frame that is only answered with errors, and then one that always has an answer. */
async function errorsOf(socket: TestSocket, frame: unknown): Promise<Frame[]> {
  const before = socket.ofType('error').length
  socket.send(frame)
  await vi.waitFor(() => expect(socket.ofType('error').length).toBeGreaterThan(before))
  await socket.ask({ action: 'heads' })
  return socket.ofType('error').slice(before)
}

/** Returns how many errors the server has logged. A client's mistake must not log one. */
function failures(): number {
  return server.log.filter(({ level }) => level === 'error').length
}

const sending = { action: 'sendmessage', message: 'x' }

/** Returns the answers to frames with this id. */
function answersTo(socket: TestSocket, id: unknown): Frame[] {
  return socket.received.filter((frame) => frame.id === id && frame.type !== 'message')
}

function positions(count: number): Record<string, number> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [i + 1, i]))
}

/** Makes a frame of this many bytes, with the id `big`. */
function frameOf(bytes: number): string {
  const start = '{"action":"sendmessage","id":"big","message":"hi","padding":"'
  return `${start}${'x'.repeat(bytes - start.length - 2)}"}`
}

describe('[W3] frames from clients', () => {
  test('[W3] sendmessage: the room and the sender get the message, and the sender gets an ack', async () => {
    const { ann, ben, room } = await makeRoom()
    await using mine = await openSocket(ann)
    await using theirs = await openSocket(ben)
    const frame = { action: 'sendmessage', room_id: room.id, message: ' hi ', client_id: 'c' }
    const ack = await mine.ask(frame)
    const [stored] = await historyOf(ann, room.id)
    expect(stored).toMatchObject({ message: ' hi', client_id: 'c', user_id: ann.id, seq: 3 })
    expect(ack).toEqual({
      type: 'ack',
      id: 'ask-1',
      room_id: room.id,
      seq: 3,
      message_id: stored!.id,
      timestamp: stored!.timestamp,
      duplicate: false,
    })
    await theirs.settle()
    expect(theirs.received).toEqual([{ type: 'message', ...stored }])
  })

  test('[W3] reply_to works on a socket, too', async () => {
    const { ann, room, path } = await makeRoom()
    await using socket = await openSocket(ann, path)
    await socket.ask({ action: 'sendmessage', message: 'first' })
    await socket.ask({ action: 'sendmessage', message: 'second', reply_to: 3 })
    expect(await historyOf(ann, room.id)).toMatchObject([{ reply_to: null }, { reply_to: 3 }])
    const wrong = await socket.ask({ action: 'sendmessage', message: 'third', reply_to: 1 })
    expect(wrong).toMatchObject({ type: 'error', code: 'bad_request' })
  })

  test.each(['x', 'x'.repeat(64), '', 0, 1, -1.5, '1'])(
    '[W3] the id %j comes back unchanged',
    async (id) => {
      const { ann, path } = await makeRoom()
      await using socket = await openSocket(ann, path)
      const frames = [
        { action: 'sendmessage', message: 'hi' },
        { message: 'hi' },
        { action: 'heads' },
        { action: 'hello' },
        { action: 'sendmessage', message: '' },
        { action: 'nonsense' },
        { action: 'typing', room_id: 999_999 },
        { action: 'read', seq: 1, room_id: 999_999 },
        { action: 'read', seq: -1 },
        { action: 'sendmessage', message: '😀'.repeat(4_095), padding: 'x'.repeat(10) },
      ]
      for (const [index, frame] of frames.entries()) {
        socket.send({ ...frame, id })
        await expect.poll(() => answersTo(socket, id), { interval: 5 }).toHaveLength(index + 1)
      }
      expect(answersTo(socket, id).map(({ type, code }) => code ?? type)).toEqual([
        'ack',
        'ack',
        'heads',
        'hello',
        'bad_request',
        'bad_request',
        'not_found',
        'not_found',
        'bad_request',
        'too_large',
      ])
    },
  )

  test('[W3] without an id, answers have none, and an invalid id is refused', async () => {
    const { ann, path } = await makeRoom()
    await using socket = await openSocket(ann, path)
    socket.send({ action: 'sendmessage', message: 'hi' })
    expect(await socket.next('ack')).not.toHaveProperty('id')
    socket.send({ action: 'nonsense' })
    expect(await socket.next('error')).not.toHaveProperty('id')
    for (const [index, id] of ['x'.repeat(65), true, null, {}, [1]].entries()) {
      socket.send({ action: 'heads', id })
      await expect.poll(() => socket.ofType('error'), { interval: 5 }).toHaveLength(index + 2)
      expect(socket.ofType('error').at(-1)).toMatchObject({ code: 'bad_request' })
      expect(socket.ofType('error').at(-1)).not.toHaveProperty('id')
    }
    const before = socket.ofType('error').length
    socket.send('{"action":"heads","id":1e999}')
    await expect.poll(() => socket.ofType('error')).toHaveLength(before + 1)
    expect(socket.ofType('error').at(-1)).not.toHaveProperty('id')
    expect(socket.ofType('heads')).toEqual([])
  })

  test('[W3] on a one-room socket room_id may be left out, and on others it is needed', async () => {
    const { ann, ben, room, path } = await makeRoom()
    await using one = await openSocket(ann, path)
    await using all = await openSocket(ann)
    await using other = await openSocket(ben)
    expect(await one.ask({ action: 'sendmessage', message: 'hi' })).toMatchObject({
      type: 'ack',
      room_id: room.id,
    })
    one.send({ action: 'typing' })
    expect(await other.next('typing')).toMatchObject({ room_id: room.id, user_id: ann.id })
    one.send({ action: 'read', seq: 3 })
    expect(await one.next('read')).toMatchObject({ room_id: room.id, last_read_seq: 3 })
    for (const frame of [
      { action: 'sendmessage', message: 'hi' },
      { message: 'hi' },
      { action: 'typing' },
      { action: 'read', seq: 1 },
    ]) {
      expect(await all.ask(frame)).toMatchObject({ type: 'error', code: 'bad_request' })
    }
    expect(await historyOf(ann, room.id)).toHaveLength(1)
  })

  test('[W3] room_id may be left out or given on a one-room socket', async () => {
    const { ann, ben, room, path } = await makeRoom()
    await using socket = await openSocket(ann, path)
    await using theirs = await openSocket(ben)
    for (const more of [{}, { room_id: room.id }]) {
      expect(await socket.ask({ ...sending, ...more })).toMatchObject({ room_id: room.id })
      socket.send({ action: 'typing', ...more })
      const { length: before } = socket.ofType('read')
      socket.send({ action: 'read', seq: before + 1, ...more })
      await socket.next(({ type, last_read_seq }) => type === 'read' && last_read_seq > before)
    }
    await vi.waitFor(() => expect(theirs.ofType('typing')).toHaveLength(2))
    expect(await markerOf(ann, room.id)).toBe(2)
  })

  test.each([
    ['sendmessage', sending],
    ['typing', { action: 'typing' }],
    ['read', { action: 'read', seq: 1 }],
  ])('[W3, C7] %s to a hidden room is answered like one to no room', async (_, frame) => {
    const { ann, ben } = await makeRoom()
    const hidden = await ann.createRoom({ title: 'P', kind: 'private' })
    await using inside = await openSocket(ann)
    await using socket = await openSocket(ben)
    const [unseen] = await errorsOf(socket, { ...frame, room_id: hidden.id })
    const [absent] = await errorsOf(socket, { ...frame, room_id: 999_999_999 })
    expect(unseen).toMatchObject({ code: 'not_found', retryable: false })
    expect(unseen).toEqual(absent)
    await inside.settle()
    expect(inside.ofType('typing')).toEqual([])
    expect(await historyOf(ann, hidden.id)).toEqual([])
  })

  test('[W3] a frame with no action and a message, on a one-room socket, is a sendmessage', async () => {
    const { ann, ben, room, path } = await makeRoom()
    await using socket = await openSocket(ann, path)
    await using simple = await openSimple(ben, room.name)
    expect(await socket.ask({ message: 'from v1', client_id: 'c' })).toMatchObject({
      type: 'ack',
      room_id: room.id,
      seq: 3,
    })
    simple.send({ message: 'from a simple one' })
    await simple.next(({ message }) => message === 'from a simple one')
    await socket.settle()
    expect(logOf(socket, room.id)).toEqual(['3 message', '4 message'])
    expect(logOf(simple, room.id)).toEqual(['3 message', '4 message'])
  })

  test('[W3] hello answers with the user and the rooms, those with the newest events first', async () => {
    const { ann, ben, room } = await makeRoom()
    const other = await ann.createRoom()
    await ok(ann.send(other.id, 'x'))
    await ok(ben.send(room.id, 'y'))
    await using socket = await openSocket(ann)
    const hello = await socket.ask({ action: 'hello', rooms: { [room.id]: 1, 999: 5 } })
    expect(hello).toEqual({
      type: 'hello',
      id: 'ask-1',
      connection_id: hello.connection_id,
      user: { id: ann.id, username: ann.username, display_name: null },
      server_time: hello.server_time,
      rooms: [
        { room_id: room.id, last_seq: 3, last_read_seq: 0 },
        { room_id: other.id, last_seq: 2, last_read_seq: 0 },
      ],
      done: true,
    })
    expect(Math.abs(Date.parse(hello.server_time) - Date.now())).toBeLessThan(10_000)
    const heads = await socket.ask({ action: 'heads' })
    expect(heads).toEqual({ type: 'heads', id: 'ask-2', rooms: hello.rooms, done: true })
  })

  test.each(['hello', 'heads'])("[W3] %s lists the state of the caller's rooms", async (action) => {
    const { ann, ben, room } = await makeRoom()
    const other = await ann.createRoom()
    const direct = await ok(ann.post('/api/direct/', { username: ben.username }))
    const left = await ann.createRoom()
    await join(left, ben)
    await ok(ann.post(`/api/rooms/${left.id}/leave/`))
    const deleted = await ann.createRoom()
    await ok(ann.delete(`/api/rooms/${deleted.id}/`))
    for (const text of ['one', 'two']) await ok(ben.send(room.id, text))
    await ok(ann.post(`/api/rooms/${room.id}/read/`, { seq: 3 }))
    await using socket = await openSocket(ann)
    const listing = await socket.ask({ action })
    expect(listing).toMatchObject({ type: action, done: true })
    const seen = await ok(ann.get('/api/rooms/?member=true'))
    expect(byRoom(listing)).toEqual(
      seen.results
        .map(({ id, last_seq, last_read_seq, partner }: Frame) => ({
          room_id: id,
          last_seq,
          last_read_seq,
          ...(partner && { partner_online: partner.online, partner_read_seq: partner.read_seq }),
        }))
        .toReversed(),
    )
    expect(byRoom(listing)).toMatchObject([
      { room_id: room.id, last_seq: 4, last_read_seq: 3 },
      { room_id: other.id, last_seq: 1, last_read_seq: 0 },
      { room_id: direct.id },
    ])
    // The room with the newest event comes first.
    expect(listing.rooms[0].room_id).toBe(room.id)
    expect(socket.received).toEqual([listing])
  })

  test('[W3] on a one-room socket they have that room, and without rooms an empty list', async () => {
    const { ann, room, path } = await makeRoom()
    await ann.createRoom()
    await using socket = await openSocket(ann, path)
    for (const action of ['hello', 'heads']) {
      expect((await socket.ask({ action })).rooms).toMatchObject([{ room_id: room.id }])
    }
    await using nobody = await openSocket(await server.register())
    for (const action of ['hello', 'heads']) {
      expect(await nobody.ask({ action })).toMatchObject({ rooms: [], done: true })
    }
  })

  test('[W3] hello takes positions of at most 200 rooms', async () => {
    const { ann } = await makeRoom()
    await using socket = await openSocket(ann)
    expect((await socket.ask({ action: 'hello', rooms: positions(200) })).type).toBe('hello')
    for (const rooms of [
      positions(201),
      { x: 1 },
      { 1: -1 },
      { 1: '1' },
      { 1: 1.5 },
      [],
      null,
      1,
    ]) {
      const answer = await socket.ask({ action: 'hello', rooms })
      expect(answer).toMatchObject({ type: 'error', code: 'bad_request' })
    }
  })

  test('[W3] a user in 1,000 rooms gets them all, in frames of at most 28 KB, the last one with done', async () => {
    const user = await server.register()
    await using database = await openDatabase(server)
    await database.execute(
      `with made as (
         insert into rooms (kind, name, title, last_seq, member_count)
         select 'private', 'bulk_' || n, 'Bulk', 9007199254740991 - n, 1 from generate_series(1, 1000) n
         returning id)
       insert into memberships (room_id, user_id, role) select id, $1, 'owner' from made`,
      [user.id],
    )
    await using socket = await openSocket(user)
    const sizes: number[] = []
    socket.ws.on('message', (data: Buffer) => sizes.push(data.length))
    for (const action of ['hello', 'heads']) {
      await socket.ask({ action })
      const parts = socket.ofType(action)
      expect(parts.length).toBeGreaterThan(1)
      expect(parts.map(({ done }) => done)).toEqual(parts.map((_, i) => i === parts.length - 1))
      const ids = parts.flatMap(({ rooms }) => rooms.map(({ room_id }: Frame) => room_id))
      expect(new Set(ids).size).toBe(1_000)
      expect(ids).toHaveLength(1_000)
      expect(new Set(parts.map(({ id }) => id)).size).toBe(1)
    }
    expect(Math.max(...sizes)).toBeLessThanOrEqual(frameOutMaxBytes)
    expect(Math.max(...sizes)).toBeGreaterThan(frameOutMaxBytes - 2_048)
  })

  test.each(['hello', 'heads'])('[W3] %s repairs a missing subscription', async (action) => {
    const { ann, ben, room, path } = await makeRoom()
    await using all = await openSocket(ann)
    await using one = await openSocket(ann, path)
    await using simple = await openSimple(ann, room.name)
    await using database = await openDatabase(server)
    await database.execute('delete from subscriptions where room_id = $1', [room.id])
    await ok(ben.send(room.id, 'missed'))
    for (const socket of [all, one]) {
      expect((await socket.ask({ action })).rooms).toMatchObject([{ last_seq: 3 }])
    }
    simple.send({ action })
    simple.send('not JSON')
    await simple.next('error')
    await vi.waitFor(async () => {
      const rows = await database.execute('select from subscriptions where room_id = $1', [room.id])
      expect(rows).toHaveLength(3)
    })
    await ok(ben.send(room.id, 'heard'))
    for (const socket of [all, one, simple]) {
      await socket.settle()
      expect(socket.ofType('message').map(({ message }) => message)).toEqual(['heard'])
    }
  })

  test('[W3] typing is sent to the others in the room, on their v1 sockets', async () => {
    const { ann, ben, room } = await makeRoom()
    const stranger = await server.register()
    await using mine = await openSocket(ann)
    await using mineToo = await openSocket(ann)
    await using theirs = await openSocket(ben)
    await using simple = await openSimple(ben, room.name)
    await using outside = await openSocket(stranger)
    mine.send({ action: 'typing', room_id: room.id })
    await theirs.next('typing')
    for (const socket of [mine, mineToo, theirs, simple, outside]) await socket.settle()
    expect(theirs.received).toEqual([
      {
        type: 'typing',
        room_id: room.id,
        user_id: ann.id,
        username: ann.username,
        display_name: null,
      },
    ])
    for (const socket of [mine, mineToo, simple, outside]) expect(socket.received).toEqual([])
    // Users who have not joined cannot type in a public room, either.
    const refused = await outside.ask({ action: 'typing', room_id: room.id })
    expect(refused).toMatchObject({ type: 'error', code: 'not_found' })
  })

  test('[W3, M8] read moves the marker forward, and pushes it to all own v1 sockets', async () => {
    const { ann, ben, room, path } = await makeRoom()
    const elsewhere = await ann.login()
    const another = await ann.createRoom()
    for (const text of ['one', 'two', 'three']) await ok(ben.send(room.id, text))
    await using reading = await openSocket(ann, path)
    await using all = await openSocket(elsewhere)
    await using other = await openSocket(ann, `/ws/chat/${another.name}/`)
    await using simple = await openSimple(ann, room.name)
    await using theirs = await openSocket(ben)
    const steps: [seq: number, marker: number, unread: number][] = [
      [4, 4, 1],
      [3, 4, 1],
      [99, 5, 0],
    ]
    const events: Frame[] = []
    for (const [seq, last_read_seq, unread] of steps) {
      reading.send({ action: 'read', seq })
      events.push({ type: 'read', room_id: room.id, last_read_seq, unread })
      await vi.waitFor(() => expect(reading.received).toEqual(events))
      expect(await ok(ann.get(`/api/rooms/${room.id}/`))).toMatchObject({ last_read_seq, unread })
    }
    for (const socket of [all, other]) {
      await socket.settle()
      expect(socket.received).toEqual(events)
    }
    for (const socket of [simple, theirs]) {
      await socket.settle()
      expect(socket.received).toEqual([])
    }
    expect(await markerOf(ben, room.id)).toBe(1)
  })
})

describe('[W5] ack', () => {
  test('[W5] comes after the commit and the push: by then the message has arrived everywhere', async () => {
    const { ann, ben, room } = await makeRoom()
    await using mine = await openSocket(ann)
    await using theirs = await openSocket(ben)
    for (let seq = 3; seq < 13; seq++) {
      const ack = await mine.ask({ action: 'sendmessage', room_id: room.id, message: `${seq}` })
      expect(ack).toMatchObject({ type: 'ack', seq, duplicate: false })
      expect(mine.received.at(-2)).toMatchObject({ type: 'message', seq })
      await theirs.settle()
      expect(theirs.received.at(-1)).toMatchObject({ type: 'message', seq })
    }
  })

  test('[W5] answers a repeated client_id like the first, and the message is sent again', async () => {
    const { ann, ben, room } = await makeRoom()
    await using mine = await openSocket(ann)
    await using theirs = await openSocket(ben)
    const frame = { action: 'sendmessage', room_id: room.id, message: 'x', client_id: 'c' }
    const { id: _, ...first } = await mine.ask(frame)
    skipTime(recentMs)
    const { id: __, ...again } = await mine.ask(frame)
    expect(again).toEqual({ ...first, duplicate: true })
    await theirs.settle()
    expect(logOf(theirs, room.id)).toEqual(['3 message', '3 message'])
  })

  test("[W4, W5] comes after the sender's own event, when the history has the message", async () => {
    const { ann, ben, room, path } = await makeRoom()
    await using socket = await openSocket(ann, path)
    await using all = await openSocket(ann)
    await using theirs = await openSocket(ben)
    const ack = await socket.ask({ action: 'sendmessage', message: 'stored?', client_id: 'c' })
    const history = await historyOf(ben, room.id)
    expect(history).toMatchObject([
      {
        id: ack.message_id,
        seq: ack.seq,
        timestamp: ack.timestamp,
        client_id: 'c',
        message: 'stored?',
      },
    ])
    const event = { type: 'message', ...history[0] }
    expect(socket.received).toEqual([event, ack])
    for (const other of [all, theirs]) {
      await other.settle()
      expect(other.received).toEqual([event])
    }
  })

  test('[W5] does not come before the commit, and neither does the event', async () => {
    const { ann, room, path } = await makeRoom()
    await using socket = await openSocket(ann, path)
    await using blocker = await openDatabase(server)
    await using watcher = await openDatabase(server)
    await blocker.execute('begin')
    await blocker.execute('select from rooms where id = $1 for update', [room.id])
    const asked = socket.ask(sending)
    await vi.waitFor(async () => {
      const waiting = await watcher.execute(
        `select from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`,
      )
      expect(waiting).toHaveLength(1)
    })
    await socket.settle()
    expect(socket.received).toEqual([])
    await blocker.execute('rollback')
    expect(await asked).toMatchObject({ type: 'ack', seq: 3 })
    expect(socket.received.map(({ type }) => type)).toEqual(['message', 'ack'])
  })

  test('[W5] does not come for a send that the database did not store, and its repeat works', async () => {
    const { ann, room, path } = await makeRoom()
    await using socket = await openSocket(ann, path)
    const frame = { ...sending, client_id: 'again' }
    const failed = await whileDatabaseFails(server, () => socket.ask(frame))
    expect(failed).toMatchObject({ type: 'error', code: 'unavailable', retryable: true })
    expect(socket.received).toEqual([failed])
    // The next statement may still get the connection that was ended.
    await vi.waitFor(async () => expect(await historyOf(ann, room.id)).toEqual([]))
    await vi.waitFor(async () => expect((await socket.ask(frame)).type).toBe('ack'))
    expect(await socket.ask(frame)).toMatchObject({ type: 'ack', seq: 3, duplicate: true })
    expect(await historyOf(ann, room.id)).toHaveLength(1)
  })
})

describe('[W9] limits', () => {
  const count = 5
  const limits = { frames: { count, seconds: 60 } }

  test('[W9] all sockets of a user share a bucket, and beyond it get rate_limited and stay open', async () => {
    await using limited = await startTestServer({ limits })
    const user = await limited.register()
    const room = await user.createRoom()
    await using socket = await openSocket(user)
    await using other = await openSocket(user)
    const frames = [
      { action: 'heads' },
      { action: 'hello' },
      { action: 'sendmessage', room_id: room.id, message: 'hi' },
      { action: 'typing', room_id: 999_999 },
      { action: 'read', room_id: 999_999, seq: 1 },
    ]
    for (const frame of frames) await socket.ask(frame)
    for (const frame of frames) {
      const error = await socket.ask(frame)
      expect(error).toMatchObject({ type: 'error', code: 'rate_limited', retryable: true })
      expect(error.retry_after_ms).toBeGreaterThan(0)
      expect(error.retry_after_ms).toBeLessThanOrEqual(60_000 / count)
    }
    // Other sockets of the same user have no frames left, and neither does a new socket.
    await using opened = await openSocket(user)
    for (const socket of [other, opened]) {
      expect((await socket.ask({ action: 'heads' })).code).toBe('rate_limited')
    }
    await using theirs = await openSocket(await limited.register())
    expect((await theirs.ask({ action: 'heads' })).type).toBe('heads')
    expect(await historyOf(user, room.id)).toHaveLength(1)
    // The socket still gets events, and its frames work again after the wait.
    await ok(user.send(room.id, 'by HTTP'))
    await socket.settle()
    expect(logOf(socket, room.id)).toEqual(['2 message', '3 message'])
    await using database = await openDatabase(limited)
    await database.execute(
      `update user_limits set frames_full_at = frames_full_at - interval '12 seconds'`,
    )
    skipTime(12_000)
    expect((await socket.ask({ action: 'heads' })).type).toBe('heads')
    expect((await socket.ask({ action: 'heads' })).code).toBe('rate_limited')
  })

  test('[W9] a simple client gets the error, too', async () => {
    await using limited = await startTestServer({ limits })
    const user = await limited.register()
    const room = await user.createRoom()
    await using socket = await openSimple(user, room.name)
    for (let i = 0; i <= count; i++) socket.send({ message: `${i}` })
    expect(await socket.next('error')).toMatchObject({ code: 'rate_limited' })
    await expect.poll(() => socket.ofType('message')).toHaveLength(count)
  })

  test('[W9] a frame is charged in its action’s own statement', async () => {
    const { ann, path } = await makeRoom()
    await using socket = await openSocket(ann, path)
    for (const frame of [
      { action: 'heads' },
      { action: 'hello' },
      { action: 'sendmessage', message: 'hi' },
      { action: 'typing', room_id: 999_999 },
      { action: 'read', seq: 1, room_id: 999_999 },
    ]) {
      const statements = await statementsDuring(server, () => socket.ask(frame))
      expect(statements).toHaveLength(1)
    }
  })

  test('[W9] malformed frames reach no statement', async () => {
    const { ann } = await makeRoom()
    await using socket = await openSocket(ann)
    const statements = await statementsDuring(server, () => socket.ask({ action: 'nonsense' }))
    expect(statements).toEqual([])
  })

  test('[W9] a user’s sends have one limit for sockets and HTTP together', async () => {
    await using limited = await startTestServer({ limits: { sends: { count: 4, seconds: 60 } } })
    const [ann, ben] = [await limited.register(), await limited.register()]
    const room = await ann.createRoom()
    await join(room, ben)
    await using one = await openSocket(ann)
    await using two = await openSocket(await ann.login())
    const frame = { action: 'sendmessage', room_id: room.id, message: 'x' }
    await one.ask({ ...frame, client_id: 'first' })
    await two.ask(frame)
    await ok(ann.send(room.id, 'x'))
    await one.ask(frame)
    for (const socket of [one, two]) {
      const error = await socket.ask(frame)
      expect(error).toMatchObject({ type: 'error', code: 'rate_limited', retryable: true })
      expect(error.retry_after_ms).toBeLessThanOrEqual(15_000)
    }
    expect((await ann.send(room.id, 'x')).status).toBe(429)
    // A repeat costs nothing, other users are not limited, and other frames are not limited.
    expect(await one.ask({ ...frame, client_id: 'first' })).toMatchObject({ duplicate: true })
    expect((await ben.send(room.id, 'x')).status).toBe(201)
    expect((await one.ask({ action: 'heads' })).type).toBe('heads')
    expect(await historyOf(ann, room.id)).toHaveLength(5)
  })
})

describe('[W10] wrong frames', () => {
  const bad: [what: string, frame: unknown, code?: string][] = [
    ['nothing', ''],
    ['what is no JSON', 'hello'],
    ['JSON cut short', '{"action":"heads"'],
    ['two objects', '{"message":"a"}{"message":"b"}'],
    ['null', 'null'],
    ['a number', '1'],
    ['a text', '"sendmessage"'],
    ['an array', [{ message: 'x' }]],
    ['an empty object', {}],
    ['an unknown action', { action: 'dance', message: 'x' }],
    ['an action that is not a text', { action: 1, message: 'x' }],
    ['an action of null', { action: null, message: 'x' }],
    ['an action in capitals', { action: 'SendMessage', message: 'x' }],
    ['a message that is not a text', { message: 1 }],
    ['a message of null', { action: 'sendmessage', message: null }],
    ['no message', { action: 'sendmessage' }],
    ['an empty message', { message: '' }],
    ['a message of spaces', { message: ' \n ' }],
    ['a message with a NUL', { message: 'a\0b' }],
    ['half a character', '{"message":"\\ud800"}'],
    ['a message of 4,001 code points', { message: 'x'.repeat(4_001) }],
    ['a frame of more than 16 KB', { message: 'x'.repeat(frameInMaxBytes) }, 'too_large'],
    ['a room_id that is a text', { action: 'sendmessage', room_id: '1', message: 'x' }],
    ['a room_id of null', { action: 'sendmessage', room_id: null, message: 'x' }],
    ['a room_id beyond 2^53', { action: 'typing', room_id: 2 ** 53 }],
    ['a reply to what is not there', { message: 'x', reply_to: 99 }],
    ['a client_id that is too long', { message: 'x', client_id: 'x'.repeat(65) }],
    ['a client_id that is a number', { message: 'x', client_id: 1 }],
    ['a room_id of 0', { action: 'typing', room_id: 0 }],
    ['a list of frames', '[{"action":"heads"}]'],
    ['read without a seq', { action: 'read' }],
    ['read of a text', { action: 'read', seq: '2' }],
    ['read below zero', { action: 'read', seq: -1 }],
    ['read of a fraction', { action: 'read', seq: 1.5 }],
    ['rooms that are a list', { action: 'hello', rooms: [1] }],
  ]

  test.each(bad)(
    '[W10] %s gets an error, changes nothing, and the socket stays',
    async (...args) => {
      const [, frame, code = 'bad_request'] = args
      const before = failures()
      const { ann, ben, room, path } = await makeRoom()
      await using socket = await openSocket(ann, path)
      await using simple = await openSimple(ann, room.name)
      await using theirs = await openSocket(ben)
      simple.send(frame)
      await simple.next('error')
      for (const errors of [await errorsOf(socket, frame), simple.received]) {
        expect(errors).toEqual([
          { type: 'error', code, message: expect.any(String), retryable: false },
        ])
      }
      expect(await ok(ann.get(`/api/rooms/${room.id}/`))).toMatchObject({
        last_seq: 2,
        last_read_seq: 0,
      })
      expect((await socket.ask(sending)).seq).toBe(3)
      simple.send({ message: 'fine' })
      await theirs.next(({ message }) => message === 'fine')
      expect(theirs.received.map(({ type }) => type)).toEqual(['message', 'message'])
      expect(failures()).toBe(before)
    },
  )

  test('[W3] a frame has at most 16 KB, and a larger one gets an error, and the socket stays', async () => {
    const { ann, room, path } = await makeRoom()
    await using socket = await openSocket(ann, path)
    socket.send(frameOf(16 * 1_024))
    expect(await socket.next('ack')).toMatchObject({ id: 'big' })
    socket.send(frameOf(16 * 1_024 + 1))
    expect(await socket.next('error')).toMatchObject({
      id: 'big',
      code: 'too_large',
      retryable: false,
    })
    expect(await socket.ask({ message: 'x'.repeat(4_000) })).toMatchObject({ type: 'ack' })
    expect(await socket.ask({ message: '😀'.repeat(4_000) })).toMatchObject({ type: 'ack' })
    expect(await historyOf(ann, room.id)).toHaveLength(3)
  })

  test('[W10] unknown fields are ignored', async () => {
    const { ann, path } = await makeRoom()
    await using socket = await openSocket(ann, path)
    const frame = { action: 'sendmessage', message: 'hi', type: 'message', seq: 99, user_id: 1 }
    expect(await socket.ask(frame)).toMatchObject({ type: 'ack', seq: 3 })
  })
})
