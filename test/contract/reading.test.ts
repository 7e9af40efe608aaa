import { afterAll, describe, expect, test } from 'vitest'
import { readState } from '../../src/protocol/rooms.ts'
import { startTestServer } from '../support/chat-server.ts'
import type { TestUser } from '../support/test-user.ts'
import { ok, problemOf } from '../support/answers.ts'
import { join } from '../support/memberships.ts'
import { openSimple, openSocket } from '../support/open-socket.ts'
import { openDatabase } from '../support/watch-database.ts'

const server = await startTestServer()
afterAll(() => server[Symbol.asyncDispose]())

/** A room of two users, in which Ann has sent `count` messages, numbered from 3. */
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

async function makeDirect() {
  const [ann, ben] = [await server.register(), await server.register()]
  const room = await ok(ann.post('/api/direct/', { username: ben.username }))
  for (const text of ['one', 'two', 'three']) await ok(ann.send(room.id, text))
  return { ann, ben, room, path: `/api/rooms/${room.id}/`, first: room.last_seq + 1 }
}

/** Returns how far a user sees that the partner has read, and checks that all places show the same. */
async function seenBy(user: TestUser, path: string) {
  const room = await ok(user.get(path))
  const list = await ok(user.get('/api/rooms/?member=true'))
  const listed = list.results.find(({ id }: { id: number }) => id === room.id)
  await using socket = await openSocket(user)
  const heads = await socket.ask({ action: 'heads' })
  const head = heads.rooms.find(({ room_id }: { room_id: number }) => room_id === room.id)
  expect(head.partner_read_seq).toBe(room.partner.read_seq)
  // [A6] A user who blocks does not have the chat in the list.
  expect((listed ?? room).partner.read_seq).toBe(room.partner.read_seq)
  return room.partner.read_seq
}

const setReceipts = async (user: TestUser, read_receipts: boolean) =>
  await ok(user.patch('/api/users/me/', { read_receipts }))

describe('[M9] read receipts', () => {
  test('[M9] the partner of a direct chat sees how far the user has read', async () => {
    const { ann, ben, path, first } = await makeDirect()
    expect(await seenBy(ann, path)).toBe((await markerOf(ben, path)).last_read_seq)
    await ok(ben.post(`${path}read/`, { seq: first }))
    expect(await seenBy(ann, path)).toBe(first)
    expect(await seenBy(ben, path)).toBe((await markerOf(ann, path)).last_read_seq)
  })

  test('[M9] only the partner’s v1 sockets are told when the marker moves', async () => {
    const { ann, ben, path, room, first } = await makeDirect()
    const other = await ann.createRoom()
    await join(other, ben)
    await ok(ann.send(other.id, 'not direct'))
    await using all = await openSocket(ann)
    await using one = await openSocket(await ann.login(), `/ws/chat/${room.name}/`)
    await using elsewhere = await openSocket(await ann.login(), `/ws/chat/${other.name}/`)
    await using simple = await openSimple(ann, room.name)
    await using own = await openSocket(ben)
    await ok(ben.post(`${path}read/`, { seq: first }))
    await ok(ben.post(`${path}read/`, { seq: first }))
    own.send({ action: 'read', room_id: room.id, seq: first + 1 })
    own.send({ action: 'read', room_id: room.id, seq: first + 1 })
    own.send({ action: 'read', room_id: room.id, seq: first })
    own.send({ action: 'read', room_id: other.id, seq: 9 })
    await own.next(({ room_id }) => room_id === other.id)
    // The frames of a socket are handled at the same time, and the answer to the last one may come first.
    const areTold = async (seq: number) => {
      for (const socket of [all, one]) {
        await socket.next(({ partner_read_seq }) => partner_read_seq === seq)
      }
    }
    await areTold(first + 1)
    await ok(ben.post(`${path}read/`, { seq: first + 2 }))
    await areTold(first + 2)
    for (const socket of [all, one, elsewhere, simple, own]) await socket.settle()
    const told = [first, first + 1, first + 2].map((partner_read_seq) => ({
      type: 'seen',
      room_id: room.id,
      partner_read_seq,
    }))
    expect(all.ofType('seen')).toEqual(told)
    expect(one.ofType('seen')).toEqual(told)
    for (const socket of [elsewhere, own]) expect(socket.ofType('seen')).toEqual([])
    expect(simple.received).toEqual([])
  })

  test('[M9] a user who turns them off sees none of others', async () => {
    const { ann, ben, path, room, first } = await makeDirect()
    expect(await ok(ann.get('/api/users/me/'))).toMatchObject({ read_receipts: true })
    await ok(ann.post(`${path}read/`, { seq: first }))
    await using anns = await openSocket(ann)
    await using bens = await openSocket(ben)
    let next = first
    for (const off of [ann, ben]) {
      expect(await setReceipts(off, false)).toMatchObject({ read_receipts: false })
      await ok(ben.post(`${path}read/`, { seq: next++ }))
      anns.send({ action: 'read', room_id: room.id, seq: next })
      await anns.next(({ type, last_read_seq }) => type === 'read' && last_read_seq === next)
      expect([await seenBy(ann, path), await seenBy(ben, path)]).toEqual([null, null])
      await setReceipts(off, true)
      expect([await seenBy(ann, path), await seenBy(ben, path)]).toEqual([next - 1, next])
    }
    for (const socket of [anns, bens]) {
      await socket.settle()
      expect(socket.ofType('seen')).toEqual([])
    }
  })

  test('[M9] neither sees them while one has blocked the other', async () => {
    const { ann, ben, path, room, first } = await makeDirect()
    for (const [by, other] of [
      [ann, ben],
      [ben, ann],
    ] as const) {
      const block = `/api/users/me/blocks/${other.username}/`
      await ok(by.put(block))
      await using anns = await openSocket(ann)
      await using bens = await openSocket(ben)
      await ok(ben.post(`${path}read/`, { seq: first }))
      anns.send({ action: 'read', room_id: room.id, seq: first })
      await anns.next('read')
      expect([await seenBy(ann, path), await seenBy(ben, path)]).toEqual([null, null])
      for (const socket of [anns, bens]) {
        await socket.settle()
        expect(socket.ofType('seen')).toEqual([])
      }
      await ok(by.delete(block))
    }
    expect([await seenBy(ann, path), await seenBy(ben, path)]).toEqual([first, first])
  })
})

describe('[M8] reading', () => {
  test("[M8] others' messages after the marker are unread, and a user's own never are", async () => {
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

  test('[M8] other events and deleted messages are not unread', async () => {
    const { ann, ben, path, room } = await makeRoom(2)
    await ok(ann.patch(path, { title: 'Another' }))
    expect(await markerOf(ben, path)).toMatchObject({ unread: 2 })
    await ok(ann.delete(`/api/messages/${room.id}/3/`))
    expect(await markerOf(ben, path)).toMatchObject({ unread: 1 })
  })

  test('[M8] unread messages are counted up to 100', async () => {
    const { ann, ben, path, room } = await makeRoom(99)
    expect((await markerOf(ben, path)).unread).toBe(99)
    await ok(ann.send(room.id, 'the hundredth'))
    expect((await markerOf(ben, path)).unread).toBe(100)
    await ok(ann.send(room.id, 'one more'))
    expect((await markerOf(ben, path)).unread).toBe(100)
    expect(await ok(ben.post(`${path}read/`, { seq: 2 }))).toMatchObject({ unread: 100 })
    expect(await ok(ben.post(`${path}read/`, { seq: 4 }))).toMatchObject({ unread: 99 })
  })

  test('[M8] all v1 sockets of the reader are told, and no others', async () => {
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

  test('[M8] heads show the marker', async () => {
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

  test('[M8] the count looks at the newest 1,000 messages after the marker, of all senders', async () => {
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
