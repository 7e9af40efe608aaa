import { afterAll, beforeAll, expect, test } from 'vitest'
import { ok } from '../support/answers.ts'
import { join } from '../support/memberships.ts'
import { startTestServer, type TestServer } from '../support/chat-server.ts'
import type { TestSocket } from '../support/test-socket.ts'
import type { TestUser } from '../support/test-user.ts'

let server: TestServer
let writer: TestUser

beforeAll(async () => {
  server = await startTestServer({ webSocketLimits: { bufferedBytes: 64 * 1024 } })
  writer = await server.register()
})
afterAll(() => server[Symbol.asyncDispose]())

/** Lets a socket read nothing, and fills what may wait for it. */
async function fallBehind(user: TestUser, socket: TestSocket): Promise<string> {
  socket.ws.pause()
  const { id } = await server.db
    .selectFrom('connections')
    .where('user_id', '=', user.id)
    .select('id')
    .executeTakeFirstOrThrow()
  const frame = JSON.stringify({
    type: 'error',
    code: 'internal',
    message: 'x'.repeat(8_000),
    retryable: true,
  })
  while (server.running.connections.post(id, frame) === 'sent');
  return id
}

test.each(['simple', 'v1'] as const)(
  '[W2] a %s client that reads nothing is cut at the first message that does not fit, and gets none that follow',
  async (kind) => {
    const room = await writer.createRoom({ title: `Busy ${kind}`, name: `busy_${kind}` })
    const reader = await server.register()
    await join(room, reader)
    await using socket =
      kind === 'simple' ? await reader.connectSimple(room.name) : await reader.connect()
    await ok(writer.send(room.id, 'before'))
    await socket.next(({ message }) => message === 'before')
    const connectionId = await fallBehind(reader, socket)

    // One of them fits no more.
    for (let n = 0; n < 3; n += 1) await ok(writer.send(room.id, `missed ${'x'.repeat(3_900)}`))
    expect(server.running.connections.get(connectionId)).toBeUndefined()
    await ok(writer.send(room.id, 'after'))
    socket.ws.resume()
    expect(await socket.closed).toBe(1006)
    expect(socket.received.filter(({ message }) => message === 'after')).toEqual([])
    const about = server.log.filter(({ fields }) => fields['connectionId'] === connectionId)
    expect(about.filter(({ level }) => level !== 'info')).toHaveLength(1)

    // It reads what it has missed.
    const history = await ok(reader.get(`/api/messages/${room.id}/`))
    expect(history.results).toHaveLength(5)
    await using again =
      kind === 'simple' ? await reader.connectSimple(room.name) : await reader.connect()
    await ok(writer.send(room.id, 'again'))
    await again.next(({ message }) => message === 'again')
  },
)
