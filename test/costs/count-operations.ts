/** What a message, a connect and a page ask of AWS. */
import { Client } from 'pg'
import * as z from 'zod'
import type { Counted } from '../../scripts/costs/tables.ts'
import type { PostgresConnection } from '../../src/local/postgres/postgres.ts'
import { fillRoom } from './fill.ts'
import { startLambda, type Lambda } from './lambda.ts'

const roomSizes = [2, 10, 100, 1_000, 10_000]
const text =
  'a message of a hundred characters, which is about as long as they are when people write to others'

const tokens = z.object({ access: z.string(), refresh: z.string() })
const identified = z.object({ id: z.int() })

export async function countOperations(connection: PostgresConnection): Promise<Counted> {
  const client = new Client(connection)
  await client.connect()
  await using lambda = await startLambda(connection)
  try {
    const messages = []
    for (const members of roomSizes) {
      for (const online of new Set([members, Math.max(1, Math.floor(members / 10))])) {
        const { id, connectionId } = await fillRoom(client, members, online)
        const send = { action: 'sendmessage', room_id: id, message: text, client_id: 'client-id-1' }
        const operations = await lambda.measure(() => lambda.sendFrame(connectionId, send))
        messages.push({ members, online, operations })
      }
    }
    const gathered = []
    for (const count of [1, 5, 20]) {
      const { id, connectionId } = await fillRoom(client, 1_000, 1_000)
      const operations = await lambda.measure(async () => {
        for (let n = 0; n < count; n++) {
          const send = { action: 'sendmessage', room_id: id, message: text, client_id: `id-${n}` }
          await lambda.sendFrame(connectionId, send)
        }
      })
      gathered.push({ count, operations })
    }
    return { messages, gathered, ...(await countUser(lambda)) }
  } finally {
    await client.end()
  }
}

/** A user in 20 rooms, one of which has 50 messages. */
async function countUser(lambda: Lambda): Promise<Omit<Counted, 'messages' | 'gathered'>> {
  const registered = await lambda.request({
    method: 'POST',
    path: '/api/register/',
    body: { username: 'counted', password: 'correct horse battery', email: 'a@example.org' },
  })
  let { access: token, refresh } = tokens.parse(JSON.parse(registered))
  let roomId = 0
  for (let n = 1; n <= 20; n++) {
    const body = { title: `Room ${n}` }
    const made = await lambda.request({ method: 'POST', path: '/api/rooms/', token, body })
    roomId = identified.parse(JSON.parse(made)).id
  }
  for (let n = 0; n < 50; n++) {
    const body = { room_id: roomId, message: text, client_id: `client-id-${n}` }
    await lambda.request({ method: 'POST', path: '/api/messages/', token, body })
  }
  const id = 'L0SM9cOFvHcCIhw='
  const page = { method: 'GET', path: `/api/messages/${roomId}/?limit=50`, token }
  return {
    page: await lambda.measure(() => lambda.request(page)),
    refresh: await lambda.measure(() =>
      lambda.request({ method: 'POST', path: '/api/token/refresh/', body: { refresh } }),
    ),
    connect: await lambda.measure(() => lambda.connect(id, token)),
    hello: await lambda.measure(() => lambda.sendFrame(id, { action: 'hello' })),
    heads: await lambda.measure(() => lambda.sendFrame(id, { action: 'heads' })),
    disconnect: await lambda.measure(() => lambda.disconnect(id)),
  }
}
