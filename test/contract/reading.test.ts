import { afterAll, describe, expect, test } from 'vitest'
import { readState } from '../../src/protocol/rooms.ts'
import { startTestServer } from '../support/chat-server.ts'
import type { TestUser } from '../support/test-user.ts'
import { join, ok, openDatabase, openSimple, openSocket, problemOf } from './support.ts'

const server = await startTestServer()
afterAll(() => server[Symbol.asyncDispose]())

/** A room of two, in which Ann has sent `count` messages, numbered from 3. */
async function makeRoom(count: number) {
  const [ann, ben] = [await server.register(), await server.register()]
  const room = await ann.createRoom()
  await join(room, ben)
  for (let i = 0; i < count; i++) await ok(ann.send(room.id, `${i}`))
  return { ann, ben, room, path: `/api/rooms/${room.id}/` }
}

async function markerOf(user: TestUser, path: string) {
  const { last_read_seq, unread } = await ok(user.get(path))
  return { last_read_seq, unread }
}

describe('[M8] reading', () => {
  test('[M8] what others sent after the marker is unread, one’s own never', async () => {
    const { ann, ben, path, room } = await makeRoom(3)
    expect(await markerOf(ben, path)).toEqual({ last_read_seq: 1, unread: 3 })
    expect(await markerOf(ann, path)).toEqual({ last_read_seq: 0, unread: 0 })
    await ok(ben.send(room.id, 'mine'))
    expect(await markerOf(ben, path)).toEqual({ last_read_seq: 1, unread: 3 })
    expect(await markerOf(ann, path)).toEqual({ last_read_seq: 0, unread: 1 })
    const list = await ok(ben.get('/api/rooms/?member=true'))
    expect(list.results).toMatchObject([{ id: room.id, last_read_seq: 1, unread: 3 }])
  })

  test('[M8] the marker moves forward, never back, and not beyond the last event', async () => {
    const { ben, path } = await makeRoom(3)
    const read = async (seq: number) => {
      const answer = await ben.post(`${path}read/`, { seq })
      expect(answer.status).toBe(200)
      expect(readState.strict().parse(answer.body)).toEqual(answer.body)
      return { last_read_seq: answer.body.last_read_seq, unread: answer.body.unread }
    }
    expect(await read(4)).toEqual({ last_read_seq: 4, unread: 1 })
    expect(await read(3)).toEqual({ last_read_seq: 4, unread: 1 })
    expect(await read(0)).toEqual({ last_read_seq: 4, unread: 1 })
    expect(await markerOf(ben, path)).toEqual({ last_read_seq: 4, unread: 1 })
    expect(await read(Number.MAX_SAFE_INTEGER)).toEqual({ last_read_seq: 5, unread: 0 })
    expect(await markerOf(ben, path)).toEqual({ last_read_seq: 5, unread: 0 })
  })

  test('[M8] events that are no messages are not unread; a deleted message is not either', async () => {
    const { ann, ben, path, room } = await makeRoom(2)
    await ok(ann.patch(path, { title: 'Another' }))
    expect(await markerOf(ben, path)).toMatchObject({ unread: 2 })
    await ok(ann.delete(`/api/messages/${room.id}/3/`))
    expect(await markerOf(ben, path)).toMatchObject({ unread: 1 })
  })

  test('[M8] unread is counted to 100', async () => {
    const { ann, ben, path, room } = await makeRoom(99)
    expect((await markerOf(ben, path)).unread).toBe(99)
    await ok(ann.send(room.id, 'the hundredth'))
    expect((await markerOf(ben, path)).unread).toBe(100)
    await ok(ann.send(room.id, 'one more'))
    expect((await markerOf(ben, path)).unread).toBe(100)
    expect(await ok(ben.post(`${path}read/`, { seq: 2 }))).toMatchObject({ unread: 100 })
    expect(await ok(ben.post(`${path}read/`, { seq: 4 }))).toMatchObject({ unread: 99 })
  })

  test('[M8] all of the reader’s v1 sockets are told, nobody else', async () => {
    const { ann, ben, path, room } = await makeRoom(3)
    await using first = await openSocket(ben)
    await using second = await openSocket(await ben.login(), `/ws/chat/${room.name}/`)
    await using simple = await openSimple(ben, room.name)
    await using other = await openSocket(ann)
    await ok(ben.post(`${path}read/`, { seq: 4 }))
    first.send({ action: 'read', room_id: room.id, seq: 5 })
    await first.next(({ last_read_seq }) => last_read_seq === 5)
    second.send({ action: 'read', seq: 3 })
    await second.next((frame) => second.ofType('read').indexOf(frame) === 2)
    for (const socket of [first, second, simple, other]) await socket.settle()
    const told = [
      { type: 'read', room_id: room.id, last_read_seq: 4, unread: 1 },
      { type: 'read', room_id: room.id, last_read_seq: 5, unread: 0 },
      { type: 'read', room_id: room.id, last_read_seq: 5, unread: 0 },
    ]
    expect(first.ofType('read')).toEqual(told)
    expect(second.ofType('read')).toEqual(told)
    expect(simple.received).toEqual([])
    expect(other.ofType('read')).toEqual([])
  })

  test('[M8] heads say where the marker stands', async () => {
    const { ben, path, room } = await makeRoom(3)
    await ok(ben.post(`${path}read/`, { seq: 4 }))
    await using socket = await openSocket(ben)
    const heads = await socket.ask({ action: 'heads' })
    expect(heads.rooms).toEqual([{ room_id: room.id, last_seq: 5, last_read_seq: 4 }])
  })

  test('[M8] only members have a marker, and only a number moves it', async () => {
    const { ben, path } = await makeRoom(1)
    const stranger = await server.register()
    expect(problemOf(await stranger.post(`${path}read/`, { seq: 1 }))).toBe('403 forbidden')
    for (const seq of [-1, 1.5, '1', null, undefined, 2 ** 53]) {
      const answer = await ben.post(`${path}read/`, { seq })
      expect(problemOf(answer)).toBe('400 bad_request')
      expect(answer.body.errors[0].field).toBe('seq')
    }
  })

  test('[M8] the newest 1,000 messages after the marker are looked at, whoever sent them', async () => {
    const { ann, ben, path, room } = await makeRoom(2)
    await using client = await openDatabase(server)
    await client.execute(
      `insert into messages (room_id, seq, user_id, text, created_at)
        select r.id, r.last_seq + n, $2, 'mine', now() from rooms r, generate_series(1, 1000) n where r.id = $1`,
      [room.id, ben.id],
    )
    await client.execute('update rooms set last_seq = last_seq + 1000 where id = $1', [room.id])
    expect(await markerOf(ben, path)).toEqual({ last_read_seq: 1, unread: 0 })
    await ok(ann.send(room.id, 'one more'))
    expect(await markerOf(ben, path)).toEqual({ last_read_seq: 1, unread: 1 })
    expect(await ok(ben.post(`${path}read/`, { seq: 1 }))).toMatchObject({ unread: 1 })
  })
})
