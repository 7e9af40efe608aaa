import { afterAll, describe, expect, test } from 'vitest'
import { frameOutMaxBytes } from '../../src/protocol/limits.ts'
import { startTestServer } from '../support/chat-server.ts'
import type { Frame, TestSocket } from '../support/test-socket.ts'
import {
  historyOf,
  join,
  logOf,
  ok,
  openDatabase,
  openSimple,
  openSocket,
  statementsDuring,
} from './support.ts'

const server = await startTestServer()
afterAll(() => server[Symbol.asyncDispose]())

async function makeRoom() {
  const [ann, ben] = [await server.register(), await server.register()]
  const room = await ann.createRoom()
  await join(room, ben)
  return { ann, ben, room, path: `/ws/chat/${room.name}/` }
}

/** How many answers there are to frames with this id. */
function answersTo(socket: TestSocket, id: unknown): Frame[] {
  return socket.received.filter((frame) => frame.id === id && frame.type !== 'message')
}

function positions(count: number): Record<string, number> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [i + 1, i]))
}

/** A frame of so many bytes, with the id `big`. */
function frameOf(bytes: number): string {
  const start = '{"action":"sendmessage","id":"big","message":"hi","padding":"'
  return `${start}${'x'.repeat(bytes - start.length - 2)}"}`
}

describe('[W3] in', () => {
  test('[W3] sendmessage: the room gets the message, the sender too, and an ack', async () => {
    const { ann, ben, room } = await makeRoom()
    await using mine = await openSocket(ann)
    await using theirs = await openSocket(ben)
    const frame = { action: 'sendmessage', room_id: room.id, message: ' hi ', client_id: 'c' }
    const ack = await mine.ask(frame)
    const [stored] = await historyOf(ann, room.id)
    expect(stored).toMatchObject({ message: 'hi', client_id: 'c', user_id: ann.id, seq: 3 })
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

  test('[W3] reply_to goes by socket too', async () => {
    const { ann, room, path } = await makeRoom()
    await using socket = await openSocket(ann, path)
    await socket.ask({ action: 'sendmessage', message: 'first' })
    await socket.ask({ action: 'sendmessage', message: 'second', reply_to: 3 })
    expect(await historyOf(ann, room.id)).toMatchObject([{ reply_to: null }, { reply_to: 3 }])
    const wrong = await socket.ask({ action: 'sendmessage', message: 'third', reply_to: 1 })
    expect(wrong).toMatchObject({ type: 'error', code: 'bad_request' })
  })

  test.each(['x', 'x'.repeat(64), '', 0, 1, -1.5, '1'])(
    '[W3] id %j comes back as it is',
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

  test('[W3] without an id, answers have none; an id that is none is refused', async () => {
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

  test('[W3] on a one-room socket room_id may be left out; on another it is needed', async () => {
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

  test('[W3] hello says who and where: the rooms, those with the newest events first', async () => {
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
      user: { id: ann.id, username: ann.username },
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

  test('[W3] on a one-room socket they are of that room; with no rooms, an empty list', async () => {
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

  test('[W3] a user in 1,000 rooms gets them all, in frames of at most 28 KB, the last one done', async () => {
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

  test('[W3] heads mend a subscription that a race left out', async () => {
    const { ann, ben, room } = await makeRoom()
    await using socket = await openSocket(ben)
    await using database = await openDatabase(server)
    await database.execute('delete from subscriptions where room_id = $1', [room.id])
    await ok(ann.send(room.id, 'missed'))
    const heads = await socket.ask({ action: 'heads' })
    expect(heads.rooms).toMatchObject([{ room_id: room.id, last_seq: 3 }])
    await ok(ann.send(room.id, 'seen'))
    await socket.settle()
    expect(logOf(socket, room.id)).toEqual(['4 message'])
  })

  test('[W3] typing is shown to the others in the room, on their v1 sockets', async () => {
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
      { type: 'typing', room_id: room.id, user_id: ann.id, username: ann.username },
    ])
    for (const socket of [mine, mineToo, simple, outside]) expect(socket.received).toEqual([])
    // Not even a public room shows it to those who have not joined.
    const refused = await outside.ask({ action: 'typing', room_id: room.id })
    expect(refused).toMatchObject({ type: 'error', code: 'not_found' })
  })
})

describe('[W5] ack', () => {
  test('[W5] comes after the commit and the push: what it tells of has arrived everywhere', async () => {
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

  test('[W5] a repeat of the same client_id is acknowledged as the first, and pushed again', async () => {
    const { ann, ben, room } = await makeRoom()
    await using mine = await openSocket(ann)
    await using theirs = await openSocket(ben)
    const frame = { action: 'sendmessage', room_id: room.id, message: 'x', client_id: 'c' }
    const { id: _, ...first } = await mine.ask(frame)
    const { id: __, ...again } = await mine.ask(frame)
    expect(again).toEqual({ ...first, duplicate: true })
    await theirs.settle()
    expect(logOf(theirs, room.id)).toEqual(['3 message', '3 message'])
  })
})

describe('[W9] limits', () => {
  const count = 5
  const limits = { frames: { count, seconds: 60 } }

  test('[W9] each connection has a bucket of its own; over it: rate_limited, and the socket stays', async () => {
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
    expect((await other.ask({ action: 'heads' })).type).toBe('heads')
    expect(await historyOf(user, room.id)).toHaveLength(1)
    // It is still sent to, and speaks again when the time has passed.
    await ok(user.send(room.id, 'by HTTP'))
    await socket.settle()
    expect(logOf(socket, room.id)).toEqual(['2 message', '3 message'])
    await using database = await openDatabase(limited)
    await database.execute(
      `update connections set frames_full_at = frames_full_at - interval '12 seconds'`,
    )
    expect((await socket.ask({ action: 'heads' })).type).toBe('heads')
    expect((await socket.ask({ action: 'heads' })).code).toBe('rate_limited')
  })

  test('[W9] a simple client is told too', async () => {
    await using limited = await startTestServer({ limits })
    const user = await limited.register()
    const room = await user.createRoom()
    await using socket = await openSimple(user, room.name)
    for (let i = 0; i <= count; i++) socket.send({ message: `${i}` })
    expect(await socket.next('error')).toMatchObject({ code: 'rate_limited' })
    await expect.poll(() => socket.ofType('message')).toHaveLength(count)
  })

  test('[W9] it is charged in the action’s own statement', async () => {
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

  test('[W9] frames that say nothing sensible reach no statement', async () => {
    const { ann } = await makeRoom()
    await using socket = await openSocket(ann)
    const statements = await statementsDuring(server, () => socket.ask({ action: 'nonsense' }))
    expect(statements).toEqual([])
  })

  test('[W9] a user’s sends have a limit, by sockets and HTTP together', async () => {
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
    // A repeat costs nothing, others are not limited by it, and what is no send is not limited.
    expect(await one.ask({ ...frame, client_id: 'first' })).toMatchObject({ duplicate: true })
    expect((await ben.send(room.id, 'x')).status).toBe(201)
    expect((await one.ask({ action: 'heads' })).type).toBe('heads')
    expect(await historyOf(ann, room.id)).toHaveLength(5)
  })
})

describe('[W10] what is wrong', () => {
  const wrong: [string, unknown][] = [
    ['no JSON', '{'],
    ['an empty frame', ''],
    ['null', 'null'],
    ['a list', '[]'],
    ['a list of frames', '[{"action":"heads"}]'],
    ['text', '"heads"'],
    ['a number', '1'],
    ['an empty object', {}],
    ['an unknown action', { action: 'dance' }],
    ['an action of another type', { action: 1 }],
    ['an action that is null', { action: null, message: 'hi' }],
    ['an action in capitals', { action: 'SENDMESSAGE', message: 'hi' }],
    ['a message that is no text', { action: 'sendmessage', message: 1 }],
    ['no message', { action: 'sendmessage' }],
    ['an empty message', { message: '   ' }],
    ['a too long text', { message: 'x'.repeat(4_001) }],
    ['a room_id that is text', { action: 'sendmessage', message: 'hi', room_id: '1' }],
    ['a room_id of 0', { action: 'typing', room_id: 0 }],
    ['a too long client_id', { message: 'hi', client_id: 'x'.repeat(65) }],
    ['a read without a seq', { action: 'read' }],
    ['a read of a negative seq', { action: 'read', seq: -1 }],
    ['rooms that are a list', { action: 'hello', rooms: [1] }],
  ]
  test.each(wrong)(
    '[W10] %s gets an error, changes nothing, and the socket stays',
    async (_, frame) => {
      const { ann, ben, room, path } = await makeRoom()
      await using socket = await openSocket(ann, path)
      await using other = await openSocket(ben)
      await using simple = await openSimple(ann, room.name)
      for (const from of [socket, simple]) {
        from.send(frame)
        const error = await from.next('error')
        expect(error).toEqual({
          type: 'error',
          code: 'bad_request',
          message: error.message,
          retryable: false,
        })
      }
      expect(await socket.ask({ action: 'heads' })).toMatchObject({
        rooms: [{ room_id: room.id, last_seq: 2, last_read_seq: 0 }],
      })
      await other.settle()
      expect(other.received).toEqual([])
      expect(await historyOf(ann, room.id)).toEqual([])
    },
  )

  test('[W3] a frame has at most 16 KB; what is larger gets an error, and the socket stays', async () => {
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

  test('[W10] fields that are not known are ignored', async () => {
    const { ann, path } = await makeRoom()
    await using socket = await openSocket(ann, path)
    const frame = { action: 'sendmessage', message: 'hi', type: 'message', seq: 99, user_id: 1 }
    expect(await socket.ask(frame)).toMatchObject({ type: 'ack', seq: 3 })
  })
})
