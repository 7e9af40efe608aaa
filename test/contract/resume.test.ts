import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { frameOutMaxBytes } from '../../src/protocol/limits.ts'
import { startTestServer, type TestServer } from '../support/chat-server.ts'
import type { Frame, TestSocket } from '../support/test-socket.ts'
import type { TestUser } from '../support/test-user.ts'
import { join, ok, openDatabase, openSocket, statementsDuring, walk } from './support.ts'

let server: TestServer
/** A public room whose log has one event. */
let last: { id: number }
let database: Awaited<ReturnType<typeof openDatabase>>
beforeAll(async () => {
  server = await startTestServer()
  database = await openDatabase(server)
  last = await (await server.register()).createRoom()
})
afterAll(async () => {
  await database[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

/** Makes messages that no test has the time to send. */
async function fill(roomId: number, userId: number, count: number, text = 'text'): Promise<void> {
  await database.execute(
    `with added as (
       insert into messages (room_id, seq, user_id, text, client_id, created_at)
       select $1, r.last_seq + n, $2, $4 || ' ' || n, 'filled ' || r.last_seq + n, now()
         from rooms r, generate_series(1, $3::bigint) n where r.id = $1
       returning id, room_id, seq, user_id, created_at),
     logged as (
       insert into room_events (room_id, seq, kind, created_at, actor_id, message_id)
       select room_id, seq, 'message', created_at, user_id, id from added)
     update rooms set last_seq = last_seq + $3, last_event_at = now() where id = $1`,
    [roomId, userId, count, text],
  )
}

/**
 * Says hello with positions, and gives what came of it after the answer. What is not replayed is said last: so a
 * position beyond the log of another room tells when all is there.
 */
async function resume(socket: TestSocket, rooms: Record<number, number>): Promise<Frame[]> {
  const { id } = last
  await socket.settle()
  socket.received.length = 0
  await socket.ask({ action: 'hello', rooms: { ...rooms, [id]: 99 } })
  await socket.next((frame) => frame.type === 'resync' && frame.room_id === id)
  await socket.settle()
  const [first, ...frames] = socket.received
  expect(first.type).toBe('hello')
  return frames.filter((frame) => frame.room_id !== id)
}

async function readLog(user: TestUser, id: number): Promise<Frame[]> {
  return (await walk(user, `/api/rooms/${id}/events/`)).flatMap(({ results }) => results)
}

const isOf = (id: number) => (frame: Frame) => frame.room_id === id
const seqs = (frames: Frame[]) => frames.map(({ seq }) => seq)
const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => from + at)

async function rooms(user: TestUser, counts: readonly number[], text?: string): Promise<number[]> {
  const ids: number[] = []
  for (const count of counts) {
    const { id } = await user.createRoom()
    if (count > 0) await fill(id, user.id, count, text)
    ids.push(id)
  }
  return ids
}

describe('hello with positions', () => {
  it('[W6] replays what each room has after its position, as the log has it', async () => {
    const [ann, ben] = [await server.register(), await server.register()]
    const [one, two] = [
      await ann.createRoom(),
      await ann.createRoom({ title: 'Two', kind: 'private' }),
    ]
    await join(one, ben)
    const sent = await ok(ann.send(one.id, 'first'))
    await ann.patch(`/api/messages/${one.id}/${sent.seq}/`, { message: 'edited' })
    await ben.put(`/api/messages/${one.id}/${sent.seq}/reactions/👍/`)
    await ann.send(two.id, 'there')
    await ann.patch(`/api/rooms/${two.id}/`, { title: 'Zwei' })
    await using socket = await openSocket(ann)
    const frames = await resume(socket, { [one.id]: 2, [two.id]: 0 })
    expect(frames.filter(isOf(one.id))).toEqual((await readLog(ann, one.id)).slice(2))
    expect(frames.filter(isOf(two.id))).toEqual(await readLog(ann, two.id))
    expect(await resume(socket, { [one.id]: (await readLog(ann, one.id)).length })).toEqual([])
    expect(await resume(socket, {})).toEqual([])
  })

  it('[W6] replays 300 events of a room in frames of at most 28 KB, and of 301 none', async () => {
    const ann = await server.register()
    const [whole, tooMany] = (await rooms(ann, [300, 301], 'x'.repeat(100))) as [number, number]
    await using socket = await openSocket(ann)
    const sizes: number[] = []
    socket.ws.on('message', (data: Buffer) => sizes.push(data.length))
    const frames = await resume(socket, { [whole]: 1, [tooMany]: 1 })
    expect(seqs(frames.filter(isOf(whole)))).toEqual(range(2, 301))
    expect(frames.filter(isOf(tooMany))).toEqual([
      { type: 'resync', room_id: tooMany, reason: 'too_many' },
    ])
    expect(Math.max(...sizes)).toBeLessThanOrEqual(frameOutMaxBytes)
    expect(sizes.length).toBeLessThan(10)
  })

  it('[W6] replays 1,000 events of one hello, those rooms first that miss least', async () => {
    const ann = await server.register()
    const counts = [300, 300, 10, 300, 90]
    const ids = await rooms(ann, counts)
    const [more] = (await rooms(ann, [1])) as [number]
    await using socket = await openSocket(ann)
    const positions = Object.fromEntries(ids.map((id) => [id, 1]))
    const frames = await resume(socket, { ...positions, [more]: 2 })
    for (const [at, id] of ids.entries()) {
      expect(seqs(frames.filter(isOf(id)))).toEqual(range(2, counts[at]! + 1))
    }
    const others = await resume(socket, { ...positions, [more]: 1 })
    // One event more: the last of the largest rooms is not replayed.
    const largest = ids[3]!
    expect(others.filter(isOf(largest))).toEqual([
      { type: 'resync', room_id: largest, reason: 'too_much' },
    ])
    expect(seqs(others.filter(isOf(more)))).toEqual([2])
    expect(others.filter(({ type }) => type === 'message')).toHaveLength(701)
  })

  it('[W6] reads 100 events at a time, of as many rooms as that is', async () => {
    const ann = await server.register()
    const [large, small] = (await rooms(ann, [150, 90])) as [number, number]
    await using socket = await openSocket(ann)
    let frames: Frame[] = []
    const statements = await statementsDuring(server, async () => {
      frames = await resume(socket, { [large]: 1, [small]: 1 })
    })
    const reads = statements.filter(({ sql }) => sql.includes('log_v1'))
    const asked = reads.map(({ parameters }): { id: number; seq: number; count: number }[] =>
      JSON.parse(String(parameters[0])),
    )
    expect(asked.map((rooms) => rooms.map(({ id, seq, count }) => [id, seq, count]))).toEqual([
      [
        [small, 1, 90],
        [large, 1, 10],
      ],
      [[large, 11, 100]],
      [[large, 111, 40]],
    ])
    // A room is sent when all of it was read.
    expect(frames.map(({ room_id, seq }) => [room_id, seq])).toEqual([
      ...range(2, 91).map((seq) => [small, seq]),
      ...range(2, 151).map((seq) => [large, seq]),
    ])
  })

  it('[W6] replays 512 KB of one hello, and never a part of a room', async () => {
    const ann = await server.register()
    // 16 KB each: 320 KB, 480 KB and 160 KB.
    const text = '€'.repeat(5_400)
    const [large, larger, small] = (await rooms(ann, [20, 30, 10], text)) as [
      number,
      number,
      number,
    ]
    await using socket = await openSocket(ann)
    const alone = await resume(socket, { [larger]: 1 })
    expect(seqs(alone)).toEqual(range(2, 31))
    const frames = await resume(socket, { [large]: 1, [larger]: 1, [small]: 1 })
    expect(seqs(frames.filter(isOf(small)))).toEqual(range(2, 11))
    expect(seqs(frames.filter(isOf(large)))).toEqual(range(2, 21))
    expect(frames.filter(isOf(larger))).toEqual([
      { type: 'resync', room_id: larger, reason: 'too_much' },
    ])
    const [huge] = (await rooms(ann, [40], text)) as [number]
    expect(await resume(socket, { [huge]: 1 })).toEqual([
      { type: 'resync', room_id: huge, reason: 'too_much' },
    ])
  })

  it('[W6, C7] answers room.removed for what may not be read, whether it is there or not', async () => {
    const [ann, ben] = [await server.register(), await server.register()]
    const secret = await ann.createRoom({ title: 'Secret', kind: 'private' })
    const deleted = await ann.createRoom()
    await ann.send(secret.id, 'nobody else')
    await ann.delete(`/api/rooms/${deleted.id}/`)
    await using socket = await openSocket(ben)
    const ids = [secret.id, deleted.id, 999_999]
    const frames = await resume(socket, Object.fromEntries(ids.map((id) => [id, 0])))
    expect(frames.toSorted((a, b) => a.room_id - b.room_id)).toEqual(
      ids.toSorted((a, b) => a - b).map((room_id) => ({ type: 'room.removed', room_id })),
    )
    // Nor does a position at the end of its log tell that there is such a room.
    const end = (await readLog(ann, secret.id)).length
    expect(await resume(socket, { [secret.id]: end })).toEqual([
      { type: 'room.removed', room_id: secret.id },
    ])
  })

  it('[W6] answers resync when the position is beyond the log', async () => {
    const ann = await server.register()
    const { id } = await ann.createRoom()
    await using socket = await openSocket(ann)
    expect(await resume(socket, { [id]: 50 })).toEqual([
      { type: 'resync', room_id: id, reason: 'ahead' },
    ])
  })

  it('[W6] replays on a one-room socket that room alone', async () => {
    const ann = await server.register()
    const [one, two] = [await ann.createRoom(), await ann.createRoom()]
    await ann.send(two.id, 'not here')
    await using socket = await openSocket(ann, `/ws/chat/${one.name}/`)
    await socket.ask({ action: 'hello', rooms: { [one.id]: 0, [two.id]: 0 } })
    await socket.next('member.joined')
    await socket.ask({ action: 'hello', rooms: { [one.id]: 99, [two.id]: 0 } })
    await socket.next('resync')
    expect(socket.received.filter(isOf(two.id))).toEqual([])
  })
})

describe('rotation', () => {
  it('[W8] asks for the next socket with the first heads after 1 h 45 min', async () => {
    const ann = await server.register()
    await using socket = await openSocket(ann)
    const { connection_id } = await socket.ask({ action: 'hello' })
    const age = (minutes: number) =>
      database.execute(
        `update connections set connected_at = now() - make_interval(mins => $2) where id = $1`,
        [connection_id, minutes],
      )
    await age(104)
    await socket.ask({ action: 'heads' })
    await age(105)
    await socket.ask({ action: 'hello' })
    await socket.settle()
    expect(socket.ofType('bye')).toEqual([])
    await socket.ask({ action: 'heads' })
    expect(await socket.next('bye')).toEqual({
      type: 'bye',
      code: 'rotate',
      reconnect: true,
      after_ms: 0,
    })
    // It stays open until the client closes it.
    const sent = await ann.createRoom()
    await socket.next((frame) => frame.type === 'room.added' && frame.room.id === sent.id)
  })
})
