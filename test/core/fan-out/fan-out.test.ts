/** The pushes to rooms of more than 200 sockets, by a queue and its worker, as on AWS. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { frameOutMaxBytes } from '../../../src/protocol/limits.ts'
import { recentMs } from '../../../src/core/messages/recently-published.ts'
import { currentRequestId } from '../../../src/core/monitoring/request-id.ts'
import { ok } from '../../support/answers.ts'
import { join } from '../../support/memberships.ts'
import { openSocket } from '../../support/open-socket.ts'
import { statementsDuring } from '../../support/watch-database.ts'
import { skipTime } from '../../support/skip-time.ts'
import type { TestUser } from '../../support/test-user.ts'
import { age, crowd, type FannedOut, framesTo, startFannedOut } from './fanned-out.ts'

let chat: FannedOut
beforeAll(async () => {
  chat = await startFannedOut()
})
beforeEach(() => chat.reset())
afterAll(() => chat[Symbol.asyncDispose]())

interface Large {
  readonly owner: TestUser
  readonly roomId: number
  readonly v1: readonly string[]
  readonly simple: readonly string[]
}

/** A room with 260 connections. 40 of them belong to simple clients. */
async function largeRoom(): Promise<Large> {
  const { server } = chat
  const owner = await server.register()
  const room = await owner.createRoom({ title: 'Large' })
  const v1 = await crowd(server, owner, room.id, 220)
  const simple = await crowd(server, owner, room.id, 40, { simple: true })
  await age(server, room.id)
  return { owner, roomId: room.id, v1, simple }
}

async function sendMany({ owner, roomId }: Large, count: number): Promise<number[]> {
  const seqs = []
  for (let n = 0; n < count; n++) seqs.push((await ok(owner.send(roomId, `message ${n}`))).seq)
  return seqs
}

describe('a message to a large room', () => {
  test('[W5] is acknowledged when it is handed over, and reaches each socket once', async () => {
    const large = await largeRoom()
    const [seq] = await sendMany(large, 1)
    expect(chat.posts).toEqual([])
    expect(chat.queue.size).toBe(4)
    await chat.queue.drain(chat.worker)
    for (const id of [...large.v1, ...large.simple]) {
      expect(framesTo(chat.posts, id)).toEqual([[seq]])
    }
    expect(chat.errors).toEqual([])
  })

  test('has the same event as in a small room', async () => {
    const { owner, roomId } = await largeRoom()
    await using socket = await openSocket(owner)
    const { reactions, ...sent } = await ok(owner.send(roomId, 'hello', { client_id: 'one' }))
    await chat.queue.drain(chat.worker)
    expect(await socket.next('message')).toEqual({ type: 'message', ...sent, reactions })
  })

  test('costs three statements for each shard of a thousand sockets, and one when it was sent already', async () => {
    const large = await largeRoom()
    const { server, queue, worker } = chat
    const [seq] = await sendMany(large, 1)
    const names = async () =>
      (await statementsDuring(server, () => queue.drain(worker))).map(
        ({ sql: text }) => /from (\w+_v\d)/.exec(text)?.[1],
      )
    expect((await names()).toSorted()).toEqual([
      ...Array<string>(8).fill('fan_out_v1'),
      ...Array<string>(4).fill('locked_audience_page_v1'),
    ])
    const pushed = chat.posts.length
    for (const { MessageGroupId, MessageBody } of queue.requests.flat()) {
      queue.put(MessageGroupId!, MessageBody!)
    }
    expect(await names()).toEqual(Array(4).fill('fan_out_v1'))
    expect(chat.posts).toHaveLength(pushed)
    expect(seq).toBe(2)
  })

  test('[M3] is handed over again by a repeat, and sent if the first wake-up was lost', async () => {
    const { owner, roomId, v1 } = await largeRoom()
    const send = async () => await ok(owner.send(roomId, 'once', { client_id: 'the same' }))
    const { seq } = await send()
    chat.queue.purge()
    skipTime(recentMs)
    expect((await send()).seq).toBe(seq)
    await chat.queue.drain(chat.worker)
    for (const id of v1) expect(framesTo(chat.posts, id)).toEqual([[seq]])
    const before = chat.posts.length
    // A wake-up that was sent a moment ago is not sent again.
    await send()
    expect(chat.queue.size).toBe(0)
    skipTime(recentMs)
    await send()
    expect(chat.queue.size).toBe(4)
    await chat.queue.drain(chat.worker)
    expect(chat.posts).toHaveLength(before)
  })

  test('is sent with the id of the sending request, over HTTP and by a frame', async () => {
    const { owner, roomId } = await largeRoom()
    await using socket = await openSocket(owner)
    const pushedFor = new Set<string | undefined>()
    chat.beforePost = async () => void pushedFor.add(currentRequestId())
    const sent = await owner.send(roomId, 'hi')
    await chat.queue.drain(chat.worker)
    expect([...pushedFor]).toEqual([sent.headers.get('x-request-id')])
    pushedFor.clear()
    await socket.ask({ action: 'sendmessage', room_id: roomId, message: 'hi again' })
    await chat.queue.drain(chat.worker)
    expect([...pushedFor]).toEqual([expect.stringMatching(/.{10}/)])
    chat.beforePost = async () => undefined
  })

  test('[W5] is unavailable when the queue accepts no wake-up, and its repeat is acked when it does', async () => {
    const { owner, roomId, v1 } = await largeRoom()
    await using socket = await openSocket(owner)
    const frame = { action: 'sendmessage', room_id: roomId, message: 'hi', client_id: 'one' }
    chat.queue.isReachable = false
    expect(await socket.ask(frame)).toMatchObject({ code: 'unavailable', retryable: true })
    const sent = await owner.send(roomId, 'hi', { client_id: 'one' })
    expect([sent.status, sent.body.code]).toEqual([503, 'unavailable'])
    expect(chat.errors).toEqual(['wake-ups were not queued', 'wake-ups were not queued'])
    chat.queue.isReachable = true
    const ack = await socket.ask(frame)
    expect(ack).toMatchObject({ type: 'ack', duplicate: true })
    await chat.queue.drain(chat.worker)
    for (const id of v1) expect(framesTo(chat.posts, id)).toEqual([[ack.seq]])
  })
})

describe('messages that arrive while the worker is busy', () => {
  test('[W4] share posts to v1 sockets, and are one frame each for simple clients', async () => {
    const large = await largeRoom()
    const seqs = await sendMany(large, 20)
    expect(chat.queue.size).toBe(80)
    await chat.queue.drain(chat.worker)
    for (const id of large.v1) expect(framesTo(chat.posts, id)).toEqual([seqs])
    for (const id of large.simple)
      expect(framesTo(chat.posts, id)).toEqual(seqs.map((seq) => [seq]))
  })

  test('[W4] take as many frames as needed, in order', async () => {
    const { owner, roomId, v1, simple } = await largeRoom()
    const seqs = []
    for (let n = 0; n < 40; n++) {
      seqs.push((await ok(owner.send(roomId, `${n} ${'🌧'.repeat(3_900)}`))).seq)
    }
    await chat.queue.drain(chat.worker)
    for (const id of [...v1, ...simple]) expect(framesTo(chat.posts, id).flat()).toEqual(seqs)
    const sizes = chat.posts.map(({ frame }) => Buffer.byteLength(frame))
    expect(Math.max(...sizes)).toBeLessThanOrEqual(frameOutMaxBytes)
  })

  test('are sent in the order of the log when their wake-ups come out of order', async () => {
    const large = await largeRoom()
    const seqs = await sendMany(large, 5)
    chat.queue.purge()
    for (const { MessageGroupId, MessageBody } of chat.queue.requests.toReversed().flat()) {
      chat.queue.put(MessageGroupId!, MessageBody!)
      // The wake-ups come one by one. The first one reads all events.
      await chat.queue.drain(chat.worker)
    }
    for (const id of large.v1) expect(framesTo(chat.posts, id)).toEqual([seqs])
  })

  test('do not wait for the wake-ups of messages that were sent before them', async () => {
    const large = await largeRoom()
    const { queue, worker } = chat
    const before = await sendMany(large, 3)
    const [first, , third] = queue.requests
      .flat()
      .filter(({ MessageGroupId = '' }) => MessageGroupId.endsWith('-0-of-4'))
    queue.purge()
    queue.put(third!.MessageGroupId!, third!.MessageBody!)
    await queue.drain(worker)
    const after = await sendMany(large, 2)
    queue.purge()
    queue.put(first!.MessageGroupId!, first!.MessageBody!)
    await queue.drain(worker)
    const reached = large.v1.filter((id) => framesTo(chat.posts, id).length > 0)
    expect(reached).not.toEqual([])
    for (const id of reached) expect(framesTo(chat.posts, id)).toEqual([before, after])
    // Older events have wake-ups of their own, or were sent while the room was small.
    await sendMany(large, 1)
    await age(chat.server, large.roomId)
    queue.purge()
    const posts = chat.posts.length
    queue.put(first!.MessageGroupId!, first!.MessageBody!)
    await queue.drain(worker)
    expect(chat.posts).toHaveLength(posts)
  })

  test('[M5] have their present text when they are sent, and never a deleted text', async () => {
    const { owner, roomId, v1, simple } = await largeRoom()
    const [kept, gone] = [await ok(owner.send(roomId, 'old')), await ok(owner.send(roomId, 'gone'))]
    await ok(owner.patch(`/api/messages/${roomId}/${kept.seq}/`, { message: 'new' }))
    await ok(owner.put(`/api/messages/${roomId}/${kept.seq}/reactions/👍/`))
    await ok(owner.delete(`/api/messages/${roomId}/${gone.seq}/`))
    await chat.queue.drain(chat.worker)
    const framesOf = (id: string) =>
      chat.posts.filter(({ to }) => to.includes(id)).flatMap(({ frame }) => JSON.parse(frame))
    expect(framesOf(v1[0]!)).toMatchObject([
      { type: 'message', message: 'new', reactions: [] },
      { type: 'message', message: null },
      { type: 'message.edited', message: 'new' },
      { type: 'reaction', emoji: '👍', count: 1 },
      { type: 'message.deleted' },
    ])
    expect(framesOf(simple[0]!)).toMatchObject([{ type: 'message', message: 'new' }])
  })
})

describe('an event without a wake-up of its own', () => {
  test('is sent with the next event, when its handler ended before it could send the wake-up', async () => {
    const large = await largeRoom()
    const [first] = await sendMany(large, 1)
    chat.queue.purge()
    const [second] = await sendMany(large, 1)
    await chat.queue.drain(chat.worker)
    for (const id of large.v1) expect(framesTo(chat.posts, id)).toEqual([[first, second]])
  })

  test('is not sent when it is from a time in which the room was small', async () => {
    const { server, queue, worker } = chat
    const owner = await server.register()
    const { id: roomId } = await owner.createRoom()
    for (let n = 0; n < 3; n++) await ok(owner.send(roomId, 'to a few'))
    expect(queue.requests).toEqual([])
    await age(server, roomId)
    const v1 = await crowd(server, owner, roomId, 220)
    const { seq } = await ok(owner.send(roomId, 'to many'))
    await queue.drain(worker)
    for (const id of v1) expect(framesTo(chat.posts, id)).toEqual([[seq]])
  })
})

describe('a worker with failures', () => {
  test('moves its cursor every 20,000 posts, so that it makes progress in more work than its time allows', async () => {
    const { server, queue, worker } = chat
    const owner = await server.register()
    const room = await owner.createRoom()
    const simple = await crowd(server, owner, room.id, 1_500, { simple: true })
    await age(server, room.id)
    const large = { owner, roomId: room.id, v1: [], simple }
    const seqs = await sendMany(large, 32)
    queue.purge()
    const wakeUp = { kind: 'room', room_id: room.id, shards: 1, shard: 0 }
    const ofAll = { ...wakeUp, first_seq: seqs[0], last_seq: seqs.at(-1) }
    queue.put('room', JSON.stringify(ofAll))
    let left = 40_000
    chat.beforePost = async (to) => {
      left -= to.length
      if (left < 0) throw new Error('the process ended')
    }
    await queue.drain(worker)
    expect(chat.errors).toEqual(['a fan-out failed'])
    chat.beforePost = async () => undefined
    queue.pass(180_000)
    await queue.drain(worker)
    for (const id of [simple[0]!, simple.at(-1)!]) {
      expect(new Set(framesTo(chat.posts, id).flat())).toEqual(new Set(seqs))
    }
    const posted = chat.posts.reduce((sum, { to }) => sum + to.length, 0)
    expect(posted - simple.length * seqs.length).toBeLessThanOrEqual(20_000)
  })

  test('pushes again after a crash between push and cursor, and the other shards are done', async () => {
    const large = await largeRoom()
    const { queue, worker } = chat
    const seqs = await sendMany(large, 2)
    // This simulates a crash: the last of the shard's posts was made, but not recorded.
    const simple = new Set(large.simple)
    chat.beforePost = async (to) => {
      if (to.some((id) => simple.has(id))) {
        chat.beforePost = async () => undefined
        throw new Error('the process ended')
      }
    }
    await queue.drain(worker)
    expect(chat.errors).toEqual(['a fan-out failed'])
    expect(queue.size).toBe(2)
    const [third] = await sendMany(large, 1)
    // The failed group waits for its visibility. The other groups go on.
    await queue.drain(worker)
    expect(queue.size).toBe(3)
    queue.pass(180_000)
    await queue.drain(worker)
    expect(queue.size).toBe(0)
    const all = [...seqs, third]
    const seen = large.v1.map((id) => framesTo(chat.posts, id))
    const again = seen.filter((frames) => frames.length === 2 && frames[1]!.length === 3)
    const once = seen.filter((frames) => frames.length === 2 && frames[1]!.length === 1)
    expect(again.length).toBeGreaterThan(0)
    expect(again.length + once.length).toBe(large.v1.length)
    for (const frames of again) expect(frames).toEqual([seqs, all])
    for (const frames of once) expect(frames).toEqual([seqs, [third]])
    for (const id of large.simple) expect(framesTo(chat.posts, id).flat()).toEqual(all)
  })

  test('gives back an unknown wake-up with all later ones of its group, until it is a dead letter', async () => {
    const large = await largeRoom()
    const { queue, worker } = chat
    const [first] = await sendMany(large, 1)
    const { MessageGroupId: group } = queue.requests[0]![0]!
    queue.put(group!, '{"kind":"of the next release"}')
    await queue.drain(worker)
    const [second] = await sendMany(large, 1)
    await queue.drain(worker)
    expect(queue.size).toBe(2)
    for (let received = 0; received < 4; received++) {
      queue.pass(180_000)
      await queue.drain(worker)
    }
    expect(queue.deadLetters).toEqual(['{"kind":"of the next release"}'])
    expect(queue.size).toBe(0)
    for (const id of large.v1) expect(framesTo(chat.posts, id)).toEqual([[first], [second]])
  })
})

test('[R5] sends nothing to a removed user that is later than their own member.left', async () => {
  const { server, queue, worker } = chat
  const large = await largeRoom()
  const removed = await server.register()
  await join({ id: large.roomId }, removed)
  const theirs = await crowd(server, removed, large.roomId, 100)
  await queue.drain(worker)
  chat.posts.length = 0
  const [before] = await sendMany(large, 1)
  const path = `/api/rooms/${large.roomId}/members/${removed.username}/`
  // The first shard is being sent. The other shards follow.
  chat.beforePost = async () => {
    chat.beforePost = async () => undefined
    await ok(large.owner.delete(path))
    await sendMany(large, 1)
  }
  await queue.drain(async ({ Records }) => {
    for (const record of Records) await worker({ Records: [record] })
    return { batchItemFailures: [] }
  })
  for (const id of theirs) {
    expect(
      framesTo(chat.posts, id)
        .flat()
        .filter((seq) => seq !== before),
    ).toEqual([])
  }
  const told = theirs.filter((id) => framesTo(chat.posts, id).length > 0)
  expect(told.length).toBeLessThan(theirs.length)
  for (const id of large.v1) {
    expect(framesTo(chat.posts, id).flat()).toEqual([before!, before! + 1, before! + 2])
  }
})

test('[N1] pushes notifications to more than 200 sockets, those of a batch in one frame', async () => {
  const { server, queue, worker, posts } = chat
  const owner = await server.register()
  const { id: roomId } = await owner.createRoom()
  const members = [await server.register(), await server.register()]
  await join({ id: roomId }, ...members)
  const sockets = []
  for (const member of members) {
    await ok(member.put(`/api/rooms/${roomId}/notify/`, { notify: 'all' }))
    sockets.push(...(await crowd(server, member, roomId, 120)))
  }
  await using socket = await openSocket(members[0]!)
  await queue.drain(worker)
  posts.length = 0
  await ok(owner.send(roomId, 'first'))
  await ok(owner.send(roomId, 'second'))
  await queue.drain(worker)
  const notifications = posts.filter(({ frame }) => frame.includes('"notification"'))
  for (const id of sockets) expect(framesTo(notifications, id)).toHaveLength(1)
  const [{ results }] = [await ok(members[0]!.get('/api/notifications/'))]
  await socket.settle()
  const pushed = socket.ofType('notification')
  expect(pushed.map(({ unread, ...rest }) => [unread, rest])).toEqual(
    results.toReversed().map((each: object) => [2, { type: 'notification', ...each }]),
  )
})

describe('an event of a large room', () => {
  test('[R2] about a join by socket reaches all sockets, even when the new one is among the first', async () => {
    const { server, queue, worker } = chat
    const owner = await server.register()
    const room = await owner.createRoom()
    // The pages follow the order of the sockets' ids: these ids come after the newcomer's.
    const v1 = await crowd(server, owner, room.id, 220, { name: 'zzzz' })
    await age(server, room.id)
    await using _ = await openSocket(await server.register(), `/ws/chat/${room.name}/`)
    await queue.drain(worker)
    for (const id of v1) expect(framesTo(chat.posts, id)).toEqual([[2]])
  })

  test('[W2] is sent by the workers when simple clients make the room large', async () => {
    const { server, queue, worker } = chat
    const [owner, member, other] = [
      await server.register(),
      await server.register(),
      await server.register(),
    ]
    const room = await owner.createRoom()
    await join(room, member)
    const v1 = await crowd(server, owner, room.id, 100, { name: 'zzzz' })
    const simple = await crowd(server, owner, room.id, 110, { simple: true })
    await age(server, room.id)
    const message = `/api/messages/${room.id}/3/`
    const work = [
      () => owner.send(room.id, 'hello'),
      () => owner.patch(message, { message: 'hello, all' }),
      () => owner.put(`${message}reactions/👍/`),
      () => owner.delete(message),
      () => owner.patch(`/api/rooms/${room.id}/`, { title: 'Larger' }),
      () => other.post(`/api/rooms/${room.id}/join/`),
      () => owner.delete(`/api/rooms/${room.id}/members/${other.username}/`),
      () => member.post(`/api/rooms/${room.id}/leave/`),
      () => member.connect(`/ws/chat/${room.name}/`).then((socket) => socket.close()),
      () => owner.put(`/api/rooms/${room.id}/bans/${member.username}/`),
    ]
    for (const [n, each] of work.entries()) {
      await each()
      expect([n, queue.size]).toEqual([n, 4])
      await queue.drain(worker)
    }
    const seqs = work.map((_, n) => [3 + n])
    for (const id of v1) expect(framesTo(chat.posts, id)).toEqual(seqs)
    for (const id of simple) expect(framesTo(chat.posts, id)).toEqual([[3]])
    expect(chat.errors).toEqual([])
  })
})

test('[N1] about taken-back notifications of more than 200 sockets is sent by the worker, after the notifications', async () => {
  const { server, queue, worker, posts } = chat
  const owner = await server.register()
  const { id: roomId } = await owner.createRoom()
  const member = await server.register()
  await join({ id: roomId }, member)
  const sockets = await crowd(server, member, roomId, 220)
  await queue.drain(worker)
  posts.length = 0
  const { seq } = await ok(owner.send(roomId, `@${member.username}`))
  await ok(owner.send(roomId, `@${member.username}, look`))
  const [{ id }] = (await ok(member.get('/api/notifications/'))).results.toReversed()
  const removed = { type: 'notifications.removed', ids: [id], unread: 1 }
  const toldOf = (type: string) => posts.filter(({ frame }) => frame.includes(`"${type}"`))
  await queue.drain(worker)
  await ok(owner.delete(`/api/messages/${roomId}/${seq}/`))
  await queue.drain(worker)
  const told = toldOf('notifications.removed')
  expect(told.flatMap(({ to }) => to).toSorted()).toEqual(sockets.toSorted())
  for (const { frame } of told) expect(JSON.parse(frame)).toEqual(removed)
  expect(posts.indexOf(told[0]!)).toBeGreaterThan(posts.indexOf(toldOf('notification').at(-1)!))
  expect(chat.errors).toEqual([])
})
