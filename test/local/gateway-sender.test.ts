import { expect, test } from 'vitest'
import { createGatewaySender } from '../../src/local/server/gateway-sender.ts'
import {
  clientFrame,
  openGatewayClient,
  openRaw,
  type RawClient,
  upgradeHead,
} from '../support/gateway-client.ts'
import { type Gateway, type GatewayOptions, startGateway } from '../support/gateway.ts'
import { collectLog } from '../support/collect-log.ts'
import { heldBytes } from '../support/held-bytes.ts'

const megabyte = 1024 * 1024

/** Starts a gateway and the sender of its sockets, with its log. */
async function start(limits: GatewayOptions['limits'] = {}) {
  const gateway = await startGateway({ limits })
  const log = collectLog()
  const sender = createGatewaySender(gateway.api.connections, log)
  return {
    gateway,
    log,
    sender,
    [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose](),
  }
}

/** Opens a socket that never reads after its upgrade. */
async function openSilent(gateway: Gateway): Promise<RawClient> {
  const raw = await openRaw(gateway.port)
  raw.socket.write(upgradeHead('/local'))
  await raw.until('\r\n\r\n')
  raw.socket.pause()
  return raw
}

const idsOf = ({ connects }: Gateway) =>
  connects.all.map(({ requestContext }) => requestContext.connectionId)

test('keeps a frame once for all sockets that do not read it', async () => {
  await using server = await start({ bufferedBytes: 8 * megabyte, bufferedBytesInAll: Infinity })
  const { gateway, sender } = server
  const clients = await Promise.all(Array.from({ length: 40 }, () => openSilent(gateway)))
  const before = heldBytes()
  for (let n = 0; n < 250; n += 1) await sender.post(idsOf(gateway), `${n} ${'x'.repeat(30_000)}`)
  // The kernel takes some megabytes for each. Copies of the rest would be more than 100 MB.
  await expect.poll(() => heldBytes() - before, { timeout: 10_000 }).toBeLessThan(20 * megabyte)
  expect(gateway.api.size).toBe(40)
  await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()))
})

test('[W2] cuts a socket that is too far behind, logs this once, and still serves the others', async () => {
  await using server = await start({ bufferedBytes: 256 * 1024 })
  const { gateway, log, sender } = server
  await using slow = await openSilent(gateway)
  await using quick = await openGatewayClient(gateway.url)
  const [slowId] = idsOf(gateway)
  const frame = 'x'.repeat(28 * 1024)
  let posts = 0
  for (; log.lines.length === 0; posts += 1) {
    await sender.post(idsOf(gateway), frame)
    await quick.frames.next()
  }
  for (let n = 0; n < 100; n += 1) {
    expect(await sender.post(idsOf(gateway), frame)).toEqual([slowId])
    await quick.frames.next()
  }
  expect(log.lines).toMatchObject([
    { level: 'warn', fields: { connectionId: slowId, result: 'limit_exceeded' } },
  ])
  const { requestContext } = await gateway.disconnects.next()
  expect(requestContext).toMatchObject({ connectionId: slowId, disconnectStatusCode: 1006 })
  // It reads to the end: it gets nothing of what came after the frames that it missed.
  let received = 0
  slow.socket.on('data', (chunk: Buffer) => (received += chunk.length)).resume()
  await slow.closed
  expect(received).toBeLessThan((posts - 1) * frame.length)
})

test('pushes first to sockets that have taken everything and sent frames, and last to the others', async () => {
  await using gateway = await startGateway()
  const order: string[] = []
  const { connections } = gateway.api
  const sender = createGatewaySender(
    {
      post: (id, data) => {
        order.push(id)
        return connections.post(id, data)
      },
      delete: (id) => connections.delete(id),
      cut: (id) => connections.cut(id),
      keepsUp: (id) => connections.keepsUp(id),
    },
    collectLog(),
  )
  const open = async () => {
    const raw = await openSilent(gateway)
    raw.socket.write(clientFrame(1, Buffer.from('hello')))
    const { connectionId } = (await gateway.messages.next()).requestContext
    return { raw, connectionId }
  }
  await using neverHeard = await openSilent(gateway)
  const [neverHeardId] = idsOf(gateway)
  const slow = await open()
  const quick = await open()
  const frame = 'x'.repeat(28 * 1024)
  while (connections.keepsUp(slow.connectionId)) connections.post(slow.connectionId, frame)

  expect(await sender.post([neverHeardId!, slow.connectionId, quick.connectionId], 'x')).toEqual([])
  expect(order).toEqual([quick.connectionId, neverHeardId, slow.connectionId])
  await Promise.all([slow, quick].map(({ raw }) => raw[Symbol.asyncDispose]()))
  expect(neverHeard.socket.destroyed).toBe(false)
})

test('serves others during a push to many, and each socket gets its frames in order', async () => {
  const posted: string[] = []
  const sender = createGatewaySender(
    {
      post: (id, data) => {
        posted.push(`${id} ${data.toString()}`)
        return id === 'gone' ? 'gone' : 'sent'
      },
      delete: (id) => (posted.push(`${id} closed`), 'deleted'),
      cut: () => 'cut',
      keepsUp: () => false,
    },
    collectLog(),
  )
  const crowd = [...Array.from({ length: 998 }, (_, n) => `of the crowd ${n}`), 'last', 'gone']
  // The room may go on before the whole crowd is served.
  expect(await sender.post(crowd, 'first')).toEqual([])
  const begun = posted.length
  expect(begun).toBeLessThan(200)
  // Another room does not wait for the crowd.
  await sender.post(['of another room'], 'text')
  expect(posted.slice(begun)).toEqual(['of another room text'])
  // Frames that wait for a socket keep their place: a later push, an answer and a close come after them.
  await sender.post(crowd, 'second')
  await sender.post(['last'], 'answer')
  await sender.close(['last'])
  expect(posted.filter((each) => each.startsWith('last '))).toEqual(
    ['first', 'second', 'answer', 'closed'].map((what) => `last ${what}`),
  )
  for (const frame of ['third', 'fourth']) await sender.post(crowd, frame)
  expect(posted.length).toBeLessThan(1_000)
  // A room that is faster than the crowd is served has to wait in the end. The next push returns who is gone.
  expect(new Set(await sender.post(crowd, 'fifth'))).toEqual(new Set(['gone']))
  expect(await sender.post(['of another room'], 'text')).toEqual([])
  const frames = ['first', 'second', 'third', 'fourth', 'fifth']
  const ofCrowd = Map.groupBy(posted, (each) => each.slice(0, each.lastIndexOf(' ')))
  for (const id of crowd.slice(0, 998)) {
    expect(ofCrowd.get(id)).toEqual(frames.map((frame) => `${id} ${frame}`))
  }
})

test('writes to fewer sockets at a time when each takes long, and serves others in between', async () => {
  const posted: string[] = []
  const sender = createGatewaySender(
    {
      post: (id) => {
        // As long as a slow machine takes for a large frame.
        for (const until = performance.now() + 0.2; performance.now() < until;);
        posted.push(id)
        return 'sent'
      },
      delete: () => 'deleted',
      cut: () => 'cut',
      keepsUp: () => false,
    },
    collectLog(),
  )
  const crowd = Array.from({ length: 100 }, (_, n) => `of the crowd ${n}`)
  const parts: number[] = []
  let done = 0
  await sender.post(crowd, 'text')
  for (; posted.length < crowd.length; done = posted.length) {
    parts.push(posted.length - done)
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(Math.max(...parts)).toBe(10)
  expect(posted).toEqual(crowd)
})

test('[W4] drops what may be dropped while as many large pushes are unfinished as may be', async () => {
  const posted: string[] = []
  const connections = {
    post: (_id: string, frame: string) => {
      posted.push(frame)
      return 'sent' as const
    },
    delete: () => 'deleted' as const,
    cut: () => 'cut' as const,
    keepsUp: () => true,
  }
  const sender = createGatewaySender(connections, collectLog())
  const many = Array.from({ length: 101 }, (_, n) => `socket ${n}`)
  const typing = async () => await sender.post(['socket 0'], 'typing', { mayBeDropped: true })
  for (let n = 0; n < 3; n += 1) await sender.post(many, `message ${n}`)
  await typing()
  expect(posted.filter((frame) => frame === 'typing')).toHaveLength(1)
  await sender.post(many, 'message 3')
  await typing()
  expect(posted.filter((frame) => frame === 'typing')).toHaveLength(1)
  // The fifth push waits until it is done, and so until those before it are done.
  await sender.post(many, 'message 4')
  await typing()
  expect(posted.filter((frame) => frame === 'typing')).toHaveLength(2)
  expect(posted.filter((frame) => frame === 'message 3')).toHaveLength(101)
})
