/** Members of a busy room whose sockets accept nothing: what they hold of the server, and what they find afterwards. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connected, openClient, ready, textsOf, when } from '../support/chat-client.ts'
import { ok } from '../support/answers.ts'
import { join } from '../support/memberships.ts'
import { startTestServer, type TestServer } from '../support/chat-server.ts'
import type { TestSocket } from '../support/test-socket.ts'
import type { TestUser } from '../support/test-user.ts'

const kilobyte = 1024
const limits = { bufferedBytes: 64 * kilobyte, bufferedBytesInAll: 2_048 * kilobyte }

let server: TestServer
let writer: TestUser
beforeAll(async () => {
  server = await startTestServer({
    webSocketLimits: limits,
    limits: { replayedEvents: { count: 3, seconds: 3_600 } },
  })
  writer = await server.register()
})
afterAll(() => server[Symbol.asyncDispose]())

async function connectionIds(users: readonly TestUser[]): Promise<string[]> {
  const rows = await server.db
    .selectFrom('connections')
    .where(
      'user_id',
      'in',
      users.map(({ id }) => id),
    )
    .select('id')
    .execute()
  return rows.map(({ id }) => id)
}

/** Something large that changes nothing. */
const noise = JSON.stringify({
  type: 'error',
  code: 'internal',
  message: 'x'.repeat(27 * kilobyte),
  retryable: true,
})

test('[W2] 200 members who read nothing hold no more than the bound, and the others get each message', async () => {
  const room = await writer.createRoom({ title: 'Busy' })
  const reader = await server.register()
  await join(room, reader)
  await using reading = await reader.connect()
  const slow = await Promise.all(Array.from({ length: 10 }, () => server.register()))
  for (const user of slow) await join(room, user)
  const sockets: TestSocket[] = []
  for (let n = 0; n < 20; n += 1) {
    sockets.push(...(await Promise.all(slow.map((user) => user.connect()))))
  }
  for (const { ws } of sockets) ws.pause()
  const { connections } = server.running
  let open = await connectionIds(slow)
  expect(open).toHaveLength(200)

  // The kernel takes the first megabytes of each; what it takes no more waits in this process.
  const isFull = () => {
    let waits = false
    for (const id of open) waits = connections.post(id, noise) !== 'limit_exceeded' || waits
    open = open.filter((id) => connections.get(id) !== undefined)
    return !waits
  }
  while (!isFull()) await turn()
  // Each of those that are left has all that one may have, so that there is no room for more of them.
  expect(open.length).toBeGreaterThan(0)
  expect(open.length).toBeLessThanOrEqual(limits.bufferedBytesInAll / noise.length)

  const texts = Array.from({ length: 10 }, (_, n) => `${n} ${'x'.repeat(3_900)}`)
  for (const text of texts) await ok(writer.send(room.id, text))
  await reading.settle()
  expect(reading.ofType('message').map(({ message }) => message)).toEqual(texts)
  // Nothing is left of them, here or in the database.
  await expect.poll(() => connectionIds(slow)).toEqual([])
  await Promise.all(sockets.map((socket) => socket[Symbol.asyncDispose]()))
}, 60_000)

test.each([
  ['is replayed', false],
  ['is not replayed, because too much was before', true],
])(
  '[W6, W7] a slow client finds everything when it returns: what it has missed %s',
  async (_, isSpent) => {
    const room = await writer.createRoom({ title: 'Slow' })
    const user = await server.register()
    await join(room, user)
    await using line = await openLine(server.running.port)
    await using opened = await openClient(server, user, { url: line.url })
    await connected(opened)
    const [id] = (await connectionIds([user])) as [string]
    const handle = opened.client.room(room.id)
    await ready(handle)
    await ok(writer.send(room.id, 'before'))
    await when(handle.view, ({ messages }) => messages.length === 1)

    if (isSpent) {
      await using other = await user.connect()
      await other.ask({ action: 'hello', rooms: { [room.id]: 0 } })
      await other.next('message')
    }

    line.stall()
    const { connections } = server.running
    for (const frame of [noise, JSON.stringify({ type: 'room.removed', room_id: 0 })]) {
      while (connections.post(id, frame) === 'sent') await turn()
    }
    for (let n = 0; n < 5; n += 1) await ok(writer.send(room.id, `missed ${n}`))
    expect(connections.get(id)).toBeUndefined()

    line.end()
    const { messages } = await when(handle.view, (view) => textsOf(view).at(-1) === 'missed 4')
    const fresh = await ok(user.get(`/api/messages/${room.id}/`))
    expect(messages).toEqual(fresh.results)
    expect(messages).toHaveLength(6)
    const resyncs = line.taken().filter((text) => text.includes('"too_often"'))
    expect(resyncs).toHaveLength(isSpent ? 1 : 0)
    expect(await connectionIds([user])).not.toContain(id)
  },
  60_000,
)

/** Lets the sockets do what they can. */
const turn = () => new Promise((resolve) => setImmediate(resolve))

/** A line to the server that can stop to take what the server sends, as a phone without a network does. */
async function openLine(port: number) {
  const sockets = new Set<Socket>()
  const toServer = new Set<Socket>()
  const taken: string[] = []
  const listener = createServer((client) => {
    const upstream = connect(port, '127.0.0.1')
    toServer.add(upstream)
    upstream.on('data', (data) => taken.push(data.toString()))
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from)
      from.pipe(to)
      from.on('error', () => to.destroy())
      from.on('close', () => to.destroy())
    }
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const address = listener.address()
  if (address === null || typeof address === 'string') throw new Error('no port was given')
  return {
    /** What the server has sent. */
    taken: () => taken,
    url: `http://127.0.0.1:${address.port}`,
    /** Nothing that the server sends over the present connections is taken any more. */
    stall: () => toServer.forEach((socket) => socket.unpipe().pause()),
    /** These connections end, as when the network is back. */
    end: () => toServer.forEach((socket) => socket.destroy()),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      listener.close()
      await once(listener, 'close')
    },
  }
}
