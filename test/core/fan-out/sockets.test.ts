/** A room of 450 sockets, served by the queue and its worker. */
import { randomInt } from 'node:crypto'
import { env } from 'node:process'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Room } from '../../../src/protocol/rooms.ts'
import { ok } from '../../support/answers.ts'
import { join } from '../../support/memberships.ts'
import { openSimple, openSocket } from '../../support/open-socket.ts'
import type { TestSocket } from '../../support/test-socket.ts'
import type { TestUser } from '../../support/test-user.ts'
import { type FannedOut, startFannedOut } from './fanned-out.ts'

const seed = Number(env['FAN_OUT_SEED'] ?? randomInt(2 ** 31))

let chat: FannedOut
let room: Room
let owner: TestUser
let v1: TestSocket[]
let simple: TestSocket[]

beforeAll(async () => {
  chat = await startFannedOut()
  owner = await chat.server.register()
  room = await owner.createRoom({ title: 'Large', name: 'large' })
  const others = [await chat.server.register(), await chat.server.register()]
  await join(room, ...others)
  const users = [owner, ...others]
  v1 = await Promise.all(users.flatMap((user) => times(130, () => openSocket(user))))
  simple = await Promise.all(users.flatMap((user) => times(20, () => openSimple(user, 'large'))))
})
afterAll(async () => {
  for (const socket of [...v1, ...simple]) await socket[Symbol.asyncDispose]()
  await chat[Symbol.asyncDispose]()
})

function times<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make)
}

/** Returns what a socket was sent of the room after a position, in order of arrival. */
function seqsAfter(socket: TestSocket, seq: number): number[] {
  return socket.received
    .filter((event) => event.room_id === room.id && event.seq > seq && event.type !== 'ack')
    .map((event) => event.seq)
}

async function head(): Promise<number> {
  return (await ok(owner.get(`/api/rooms/${room.id}/`))).last_seq
}

async function settle(): Promise<void> {
  await Promise.all([...v1, ...simple].map((socket) => socket.settle()))
}

test('every socket gets every message once and in order, and waiting messages share frames', async () => {
  const before = await head()
  for (let round = 0; round < 3; round++) {
    for (let n = 0; n < 5; n++) await ok(owner.send(room.id, `${round} ${n}`))
    await chat.queue.drain(chat.worker)
  }
  await settle()
  const seqs = times(15, () => 0).map((_, n) => before + 1 + n)
  for (const socket of [...v1, ...simple]) expect(seqsAfter(socket, before)).toEqual(seqs)
  const frames = chat.posts.flatMap(({ to, frame }) => (frame.startsWith('[') ? to : []))
  expect(frames).toHaveLength(3 * v1.length)
})

test(`[W7] no socket misses a message or gets it out of order, whatever happens to workers and wake-ups (FAN_OUT_SEED=${seed})`, async () => {
  type Step = 'send' | 'deliver' | 'crash' | 'repeat' | 'swap'
  const steps = fc.sample(
    fc.array(
      fc.constantFrom<Step>('send', 'send', 'deliver', 'deliver', 'crash', 'repeat', 'swap'),
      {
        minLength: 40,
        maxLength: 40,
      },
    ),
    { seed, numRuns: 1 },
  )[0]!
  const before = await head()
  const { queue, worker } = chat
  for (const [n, step] of steps.entries()) {
    if (step === 'send') await ok(owner.send(room.id, `step ${n}`))
    if (step === 'deliver') await queue.deliver(worker)
    if (step === 'crash') {
      let left = (n * 7) % 5
      chat.beforePost = async () => {
        if (left-- === 0) throw new Error('the process ended')
      }
      await queue.deliver(worker)
      chat.beforePost = async () => undefined
      queue.pass(180_000)
    }
    if (step === 'repeat') {
      for (const entry of queue.requests.at(-1) ?? []) {
        queue.put(entry.MessageGroupId!, entry.MessageBody!)
      }
    }
    if (step === 'swap') queue.swap(4)
  }
  await ok(owner.send(room.id, 'the last'))
  queue.pass(180_000)
  await queue.drain(worker)
  await settle()
  const last = await head()
  const all = times(last - before, () => 0).map((_, n) => before + 1 + n)
  for (const socket of [...v1, ...simple]) {
    const got = seqsAfter(socket, before)
    expect([...new Set(got)]).toEqual(all)
  }
})

test('[R5] a removed member gets nothing after their own member.left, and the others get everything', async () => {
  const removed = await chat.server.register()
  await join(room, removed)
  const theirs = await Promise.all(times(30, () => openSocket(removed)))
  await chat.queue.drain(chat.worker)
  const before = await head()
  await ok(owner.send(room.id, 'with them'))
  await chat.queue.deliver(chat.worker)
  await ok(owner.delete(`/api/rooms/${room.id}/members/${removed.username}/`))
  await ok(owner.send(room.id, 'without them'))
  await chat.queue.drain(chat.worker)
  await Promise.all([...theirs.map((socket) => socket.settle()), settle()])
  for (const socket of theirs) {
    expect(seqsAfter(socket, before)).toEqual([before + 1, before + 2])
    expect(socket.ofType('member.left')).toHaveLength(1)
    await socket[Symbol.asyncDispose]()
  }
  for (const socket of v1)
    expect(seqsAfter(socket, before)).toEqual([1, 2, 3].map((n) => before + n))
})
