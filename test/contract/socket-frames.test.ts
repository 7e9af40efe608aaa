import { afterAll, describe, expect, test, vi } from 'vitest'
import { frameInMaxBytes, frameOutMaxBytes } from '../../src/protocol/limits.ts'
import { startTestServer } from '../support/chat-server.ts'
import type { Frame, TestSocket } from '../support/test-socket.ts'
import type { TestUser } from '../support/test-user.ts'
import {
  historyOf,
  join,
  ok,
  openDatabase,
  openSimple,
  openSocket,
  whileDatabaseFails,
} from './support.ts'

const server = await startTestServer()
afterAll(() => server[Symbol.asyncDispose]())

/** Two people in a room of theirs. */
async function makeRoom() {
  const [ann, ben] = await Promise.all([server.register(), server.register()])
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

/** Sends a frame that has no answer but an error, and one that has an answer after it. */
async function errorsOf(socket: TestSocket, frame: unknown): Promise<Frame[]> {
  const before = socket.ofType('error').length
  socket.send(frame)
  await vi.waitFor(() => expect(socket.ofType('error').length).toBeGreaterThan(before))
  await socket.ask({ action: 'heads' })
  return socket.ofType('error').slice(before)
}

const settings = { action: 'sendmessage', message: 'x' }

describe('[W3] what comes back of a frame', () => {
  test.each([7, 0, -1.5, 'seven', '', 'x'.repeat(64)])(
    '[W3] id %o comes back in ack, listing and error',
    async (id) => {
      const { ann, room, path } = await makeRoom()
      await using socket = await openSocket(ann, path)
      const answered = (type: string) =>
        socket.next((frame) => frame.type === type && frame.id === id)
      socket.send({ ...settings, id })
      const ack = await answered('ack')
      const [stored] = await historyOf(ann, room.id)
      expect(ack).toEqual({
        type: 'ack',
        id,
        room_id: room.id,
        seq: 3,
        message_id: stored!.id,
        timestamp: stored!.timestamp,
        duplicate: false,
      })
      for (const action of ['hello', 'heads']) {
        socket.send({ action, id })
        await answered(action)
      }
      socket.send({ action: 'dance', id })
      expect(await answered('error')).toMatchObject({ code: 'bad_request', retryable: false })
    },
  )

  test('[W3] without an id there is none in the answer, and one of a wrong form does not come back', async () => {
    const { ann, path } = await makeRoom()
    await using socket = await openSocket(ann, path)
    socket.send(settings)
    expect(await socket.next('ack')).not.toHaveProperty('id')
    for (const id of [true, null, {}, [1], 'x'.repeat(65)]) {
      const errors = await errorsOf(socket, { ...settings, id })
      expect(errors).toMatchObject([{ code: 'bad_request' }])
      expect(errors[0]).not.toHaveProperty('id')
    }
    expect(socket.ofType('message')).toHaveLength(1)
  })

  test('[W3] a frame with a message and no action is a sendmessage on a one-room socket', async () => {
    const { ann, ben, room, path } = await makeRoom()
    await using socket = await openSocket(ann, path)
    await using simple = await openSimple(ben, room.name)
    const ack = await socket.ask({ message: 'hi' })
    expect(ack).toMatchObject({ type: 'ack', room_id: room.id, seq: 3 })
    simple.send({ message: 'hello' })
    await simple.next(({ message }) => message === 'hello')
    const again = await socket.ask({ message: 'hi', client_id: 'c', reply_to: 3 })
    expect(again.type).toBe('ack')
    expect(await historyOf(ann, room.id)).toMatchObject([
      { message: 'hi', username: ann.username },
      { message: 'hello', username: ben.username },
      { message: 'hi', client_id: 'c', reply_to: 3 },
    ])
  })

  test.each([
    ['sendmessage', settings],
    ['sendmessage without an action', { message: 'x' }],
    ['typing', { action: 'typing' }],
    ['read', { action: 'read', seq: 1 }],
  ])('[W3] %s needs a room_id on a socket of all rooms', async (_, frame) => {
    const { ann, room } = await makeRoom()
    await using socket = await openSocket(ann)
    expect(await errorsOf(socket, { ...frame, id: 1 })).toMatchObject([
      { id: 1, code: 'bad_request', retryable: false },
    ])
    expect(await historyOf(ann, room.id)).toEqual([])
    expect(await markerOf(ann, room.id)).toBe(0)
  })

  test('[W3] room_id may be left out on a one-room socket, or given', async () => {
    const { ann, ben, room, path } = await makeRoom()
    await using socket = await openSocket(ann, path)
    await using theirs = await openSocket(ben)
    for (const more of [{}, { room_id: room.id }]) {
      expect(await socket.ask({ ...settings, ...more })).toMatchObject({ room_id: room.id })
      socket.send({ action: 'typing', ...more })
      const { length: before } = socket.ofType('read')
      socket.send({ action: 'read', seq: before + 1, ...more })
      await socket.next(({ type, last_read_seq }) => type === 'read' && last_read_seq > before)
    }
    await theirs.settle()
    expect(theirs.ofType('typing')).toHaveLength(2)
    expect(await markerOf(ann, room.id)).toBe(2)
  })

  test.each([
    ['sendmessage', settings],
    ['typing', { action: 'typing' }],
    ['read', { action: 'read', seq: 1 }],
  ])('[W3, C7] %s to a room that one may not see is as to none', async (_, frame) => {
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
})

describe('[W3] hello and heads', () => {
  test.each(['hello', 'heads'])(
    '[W3] %s lists where the rooms of the caller stand',
    async (action) => {
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
          .map(({ id, last_seq, last_read_seq }: Frame) => ({
            room_id: id,
            last_seq,
            last_read_seq,
          }))
          .toReversed(),
      )
      expect(byRoom(listing)).toMatchObject([
        { room_id: room.id, last_seq: 4, last_read_seq: 3 },
        { room_id: other.id, last_seq: 1, last_read_seq: 0 },
        { room_id: direct.id },
      ])
      // The one with the newest event comes first.
      expect(listing.rooms[0].room_id).toBe(room.id)
      expect(socket.received).toEqual([listing])
    },
  )

  test('[W3] hello says whose the socket is, what it is called, and what time it is', async () => {
    const user = await server.register()
    await using socket = await openSocket(user)
    const hello = await socket.ask({ action: 'hello' })
    await using database = await openDatabase(server)
    const rows = await database.execute('select id from connections where user_id = $1', [user.id])
    expect(hello).toMatchObject({
      connection_id: rows[0]!['id'],
      user: { id: user.id, username: user.username },
      rooms: [],
      done: true,
    })
    expect(Math.abs(Date.parse(hello.server_time) - Date.now())).toBeLessThan(10_000)
    expect(await socket.ask({ action: 'heads' })).toMatchObject({ rooms: [], done: true })
  })

  test('[W3] a one-room socket lists just its room', async () => {
    const { ann, room, path } = await makeRoom()
    await ann.createRoom()
    await using socket = await openSocket(ann, path)
    for (const action of ['hello', 'heads']) {
      expect((await socket.ask({ action })).rooms).toEqual([
        { room_id: room.id, last_seq: 2, last_read_seq: 0 },
      ])
    }
  })

  test('[W3, W4] a thousand rooms come in frames of at most 28 KB, the last with done', async () => {
    const user = await server.register()
    await using database = await openDatabase(server)
    await database.execute(
      `with made as (
         insert into rooms (kind, name, title, last_seq, member_count)
         select 'private', 'many_' || n, 'Many', 1000000000 + n, 1 from generate_series(1, 1000) n
         returning id)
       insert into memberships (room_id, user_id, role, last_read_seq)
       select id, $1, 'owner', 1000000000 from made`,
      [user.id],
    )
    await using socket = await openSocket(user)
    const sizes: number[] = []
    socket.ws.on('message', (data: Buffer) => sizes.push(data.length))
    for (const action of ['hello', 'heads']) {
      await socket.ask({ action })
      const frames = socket.ofType(action)
      expect(frames.length).toBeGreaterThan(1)
      expect(new Set(frames.map(({ id }) => id)).size).toBe(1)
      const done = frames.map((frame) => frame.done)
      expect(done).toEqual([...frames.slice(1).map(() => false), true])
      const rooms = frames.flatMap((frame) => frame.rooms)
      expect(new Set(rooms.map(({ room_id }) => room_id)).size).toBe(1_000)
      expect(rooms).toHaveLength(1_000)
    }
    expect(Math.max(...sizes)).toBeLessThanOrEqual(frameOutMaxBytes)
  })

  test('[W3] hello takes the positions of up to 200 rooms', async () => {
    const { ann, room } = await makeRoom()
    await using socket = await openSocket(ann)
    const positions = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [String(room.id + n), 1]))
    for (const count of [0, 1, 200]) {
      const hello = await socket.ask({ action: 'hello', rooms: positions(count) })
      expect(hello).toMatchObject({ type: 'hello', rooms: [{ room_id: room.id, last_seq: 2 }] })
    }
    const tooMany = await socket.ask({ action: 'hello', rooms: positions(201) })
    expect(tooMany).toMatchObject({ type: 'error', code: 'bad_request' })
    const wrong = [{ x: 1 }, { '-1': 1 }, { '1': -1 }, { '1': '1' }, { '1': 1.5 }, [], 'all']
    for (const rooms of wrong) {
      const refused = await socket.ask({ action: 'hello', rooms })
      expect(refused).toMatchObject({ type: 'error', code: 'bad_request' })
    }
  })

  test.each(['hello', 'heads'])('[W3] %s mends a subscription that is missing', async (action) => {
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
})

describe('[W3] typing and read', () => {
  test('[W3] typing reaches the others in the room only', async () => {
    const { ann, ben, room, path } = await makeRoom()
    const outsider = await server.register()
    await using typing = await openSocket(ann, path)
    await using own = await openSocket(ann)
    await using all = await openSocket(ben)
    await using one = await openSocket(ben, path)
    await using simple = await openSimple(ben, room.name)
    await using outside = await openSocket(outsider)
    typing.send({ action: 'typing', id: 1 })
    const event = { type: 'typing', room_id: room.id, user_id: ann.id, username: ann.username }
    for (const socket of [all, one]) {
      expect(await socket.next('typing')).toEqual(event)
      await socket.settle()
      expect(socket.received).toEqual([event])
    }
    for (const socket of [typing, own, simple, outside]) {
      await socket.settle()
      expect(socket.received).toEqual([])
    }
    expect((await ok(ann.get(`/api/rooms/${room.id}/`))).last_seq).toBe(2)
  })

  test('[W3, M8] read moves the marker forward, and tells all own v1 sockets where it stands', async () => {
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

describe('[W4, W5] what a sender gets', () => {
  test('[W4, W5] its own event, then the ack, when history has the message', async () => {
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

  test('[W5] no ack and no event before the commit', async () => {
    const { ann, room, path } = await makeRoom()
    await using socket = await openSocket(ann, path)
    await using blocker = await openDatabase(server)
    await using watcher = await openDatabase(server)
    await blocker.execute('begin')
    await blocker.execute('select from rooms where id = $1 for update', [room.id])
    const asked = socket.ask(settings)
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

  test('[W5] what the database did not take has no ack, and is sent again with its client_id', async () => {
    const { ann, room, path } = await makeRoom()
    await using socket = await openSocket(ann, path)
    const frame = { ...settings, client_id: 'again' }
    const failed = await whileDatabaseFails(server, () => socket.ask(frame))
    expect(failed).toMatchObject({ type: 'error', code: 'unavailable', retryable: true })
    expect(socket.received).toEqual([failed])
    expect(await historyOf(ann, room.id)).toEqual([])
    await vi.waitFor(async () => expect((await socket.ask(frame)).type).toBe('ack'))
    expect(await socket.ask(frame)).toMatchObject({ type: 'ack', seq: 3, duplicate: true })
    expect(await historyOf(ann, room.id)).toHaveLength(1)
  })
})

describe('[W10] bad frames', () => {
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
    ['an action that is no text', { action: 1, message: 'x' }],
    ['an action of null', { action: null, message: 'x' }],
    ['an action in capitals', { action: 'SendMessage', message: 'x' }],
    ['a message that is no text', { message: 1 }],
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
      expect((await socket.ask(settings)).seq).toBe(3)
      simple.send({ message: 'fine' })
      await theirs.next(({ message }) => message === 'fine')
      expect(theirs.received.map(({ type }) => type)).toEqual(['message', 'message'])
      expect(server.log.filter(({ message }) => message === 'a frame failed')).toEqual(
        // Of the test whose database fails.
        server.log.filter(({ fields }) => /terminat/.test(String(fields['error']))),
      )
    },
  )
})
