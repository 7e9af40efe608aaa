/** [W6] What a client costs that says hello again and again, with positions from which much is missed. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../support/chat-server.ts'
import type { Frame, TestSocket } from '../support/test-socket.ts'
import type { TestUser } from '../support/test-user.ts'
import { ok } from '../support/answers.ts'
import { join } from '../support/memberships.ts'
import { openSocket } from '../support/open-socket.ts'
import { statementsDuring } from '../support/watch-database.ts'

let server: TestServer
beforeAll(async () => {
  // An hour, so that nothing is given back while a test runs.
  server = await startTestServer({ limits: { replayedEvents: { count: 10, seconds: 3_600 } } })
})
afterAll(() => server[Symbol.asyncDispose]())

/** A room whose log has this many events. */
async function roomWith(user: TestUser, events: number): Promise<{ id: number; name: string }> {
  const room = await user.createRoom()
  for (let n = 1; n < events; n += 1) await ok(user.send(room.id, `text ${n}`))
  return room
}

/** Says hello with positions, and gives what came of it after the answer. */
async function resume(socket: TestSocket, rooms: Record<number, number>): Promise<Frame[]> {
  await socket.settle()
  socket.received.length = 0
  // What is not replayed is said last, in one frame: so this tells that all is there.
  await socket.ask({ action: 'hello', rooms: { ...rooms, 999999: 1 } })
  await socket.next(({ type, room_id }) => type === 'room.removed' && room_id === 999_999)
  return socket.received.filter(({ type, room_id }) => type !== 'hello' && room_id !== 999_999)
}

const summary = (frames: Frame[]) =>
  frames.map(({ room_id, seq, reason }) => [room_id, seq ?? reason])

describe('[W6] events that are replayed to a user', () => {
  it('are limited: above that a room gets resync, and no event is read', async () => {
    const [ann, ben] = [await server.register(), await server.register()]
    const [one, two] = [await roomWith(ann, 4), await roomWith(ann, 4)]
    await join(one, ben)
    await using socket = await openSocket(ann)
    await using other = await openSocket(ann)
    expect(summary(await resume(socket, { [one.id]: 1, [two.id]: 2 }))).toEqual([
      [two.id, 3],
      [two.id, 4],
      [one.id, 2],
      [one.id, 3],
      [one.id, 4],
      [one.id, 5],
    ])
    // All sockets of the user count, and a hello that misses more than what is left is replayed nothing.
    let frames: Frame[] = []
    const statements = await statementsDuring(server, async () => {
      frames = await resume(other, { [one.id]: 2, [two.id]: 2 })
    })
    expect(summary(frames)).toEqual([
      [two.id, 'too_often'],
      [one.id, 'too_often'],
    ])
    expect(statements.filter(({ sql }) => sql.includes('log_v1'))).toEqual([])
    // What is refused costs none of what is left; a hello that misses nothing is always answered.
    expect(summary(await resume(other, { [two.id]: 1 }))).toEqual([2, 3, 4].map((n) => [two.id, n]))
    expect(await resume(other, { [one.id]: 5, [two.id]: 4 })).toEqual([])
    // It is this user's limit, and nobody else's.
    await using others = await openSocket(ben)
    expect(summary(await resume(others, { [one.id]: 2 }))).toEqual(
      [3, 4, 5].map((n) => [one.id, n]),
    )
  })

  it('may be more than the limit once, when nothing was replayed before', async () => {
    const ann = await server.register()
    const room = await roomWith(ann, 12)
    await using socket = await openSocket(ann)
    expect(await resume(socket, { [room.id]: 0 })).toHaveLength(12)
    expect(summary(await resume(socket, { [room.id]: 11 }))).toEqual([[room.id, 'too_often']])
  })
})

describe('[W9] a hello with positions', () => {
  it('is refused above 20 of a user in 10 s, and costs no statement then; other frames are answered', async () => {
    const ann = await server.register()
    const room = await ann.createRoom()
    await using socket = await openSocket(ann)
    await using other = await openSocket(ann)
    const hello = (id: number) => socket.ask({ action: 'hello', id, rooms: { [room.id]: 1 } })
    const answers: Frame[] = []
    const statements = await statementsDuring(server, async () => {
      // More than are given back while they are said.
      answers.push(...(await Promise.all(Array.from({ length: 100 }, (_, n) => hello(n)))))
    })
    const refused = answers.filter(({ type }) => type === 'error')
    expect(answers.slice(0, 20).map(({ type }) => type)).toEqual(Array(20).fill('hello'))
    expect(refused.length).toBeGreaterThan(50)
    expect(refused[0]).toMatchObject({
      code: 'rate_limited',
      message: expect.stringContaining('too many hello frames with positions'),
      retryable: true,
    })
    expect(statements.filter(({ sql }) => sql.includes('heads_v5'))).toHaveLength(
      answers.length - refused.length,
    )
    // All sockets of the user count; a hello without positions, and heads, are frames like others.
    expect(await other.ask({ action: 'hello' })).toMatchObject({ type: 'hello' })
    expect(await socket.ask({ action: 'heads' })).toMatchObject({ type: 'heads' })
  })
})
