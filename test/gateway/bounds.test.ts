/** What all clients together may use of the process, beyond API Gateway's bounds: docs/gateway.md, section 3. */
import { describe, expect, test } from 'vitest'
import { createBytePool } from '../../src/emulators/api-gateway/byte-pool.ts'
import { heldBytes } from '../support/held-bytes.ts'
import {
  clientFrame,
  openGatewayClient,
  openRaw,
  type RawClient,
  upgradeHead,
} from '../support/gateway-client.ts'
import { startHttp } from './recorded-http.ts'
import {
  disconnectOf,
  firstConnectionId,
  type Gateway,
  OK,
  startGateway,
} from '../support/gateway.ts'

const megabyte = 1024 * 1024

describe(createBytePool, () => {
  test('takes bytes from the oldest holders, as many as needed', () => {
    const { ended, open } = openShares(10)
    const [first, second, third] = [open('first'), open('second'), open('third')]
    first.hold(4)
    second.hold(4)
    first.hold(5)
    expect(ended).toEqual([])
    third.hold(7)
    expect(ended).toEqual(['first', 'second'])
  })

  test('counts released bytes, and a holder that holds again becomes the newest', () => {
    const { ended, open } = openShares(10)
    const [first, second, third] = [open('first'), open('second'), open('third')]
    first.hold(5)
    second.hold(5)
    first.hold(0)
    first.hold(5)
    third.hold(1)
    expect(ended).toEqual(['second'])
  })

  test('ends a single holder of too much, and more holders when one releases its bytes at its end', () => {
    const pool = createBytePool(10)
    const ended: string[] = []
    const open = (name: string) => {
      const share = pool.open(() => {
        ended.push(name)
        share.hold(0)
      })
      return share
    }
    const names = Array.from({ length: 10 }, (_, n) => String(n))
    for (const name of names) open(name).hold(1)
    open('large').hold(11)
    expect(ended).toEqual([...names, 'large'])
    open('next').hold(10)
    expect(ended).toHaveLength(11)
  })
})

describe('bodies of requests', () => {
  test('that the handler does not use is not waited for', async () => {
    await using http = await startHttp(undefined, { bodyBytes: () => 0 })
    for (const head of [post(1_000), post('chunked')]) {
      await using raw = await openRaw(http.port)
      raw.socket.write(head)
      await raw.until('HTTP/1.1 200')
      expect((await http.events.next()).body).toBeUndefined()
    }
  })

  test("that is announced as longer than the handler's limit is not waited for", async () => {
    await using http = await startHttp(undefined, { bodyBytes: () => 10 })
    await using raw = await openRaw(http.port)
    raw.socket.write(post(11))
    await raw.until('HTTP/1.1 200')
    const { body = '' } = await http.events.next()
    expect(Buffer.from(body, 'base64')).toHaveLength(11)
  })

  test('that turns out longer is read up to the limit, and not to its end', async () => {
    await using http = await startHttp(undefined, { bodyBytes: () => 10 })
    await using raw = await openRaw(http.port)
    raw.socket.write(post('chunked', `5\r\nhello\r\n`))
    raw.socket.write('6\r\n world\r\n')
    await raw.until('HTTP/1.1 200')
    const { body = '' } = await http.events.next()
    expect(Buffer.from(body, 'base64')).toHaveLength(11)
  })

  test('of exactly the limit arrives unchanged, in any number of pieces', async () => {
    await using http = await startHttp(undefined, {
      bodyBytes: ({ method, path }) => (method === 'POST' && path === '/api/x' ? 2_000 : 0),
    })
    await using raw = await openRaw(http.port)
    raw.socket.write(post('chunked'))
    const sent = Buffer.from(Array.from({ length: 2_000 }, (_, n) => n % 251))
    for (const byte of sent) {
      raw.socket.write(Buffer.concat([Buffer.from('1\r\n'), Buffer.of(byte), Buffer.from('\r\n')]))
    }
    raw.socket.write('0\r\n\r\n')
    const { body = '' } = await http.events.next()
    expect(Buffer.from(body, 'base64')).toEqual(sent)
  })

  test('that has taken the longest is given up when all of them hold too much', async () => {
    await using http = await startHttp(undefined, { limits: { bodyBytesInAll: 12 * 1024 } })
    // When a later request is answered, the bytes before it have been read.
    const wait = () => fetch(`${http.url}/x`, { method: 'POST', body: 'x' })
    await using slowest = await openRaw(http.port)
    slowest.socket.write(post(5_001, 'x'.repeat(5_000)))
    await wait()
    await using slow = await openRaw(http.port)
    slow.socket.write(post(5_001, 'x'.repeat(5_000)))
    await wait()
    const quick = await fetch(`${http.url}/x`, { method: 'POST', body: 'x'.repeat(5_000) })
    expect(quick.status).toBe(200)
    expect(await slowest.until('\r\n\r\n')).toMatch(/^HTTP\/1\.1 408 /)
    slow.socket.write('x')
    expect(await slow.until('\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 /)
  })

  test('of 200 stalled requests hold no more than the bound', async () => {
    await using http = await startHttp(undefined, { limits: { bodyBytesInAll: 2 * megabyte } })
    const clients = await Promise.all(Array.from({ length: 200 }, () => openRaw(http.port)))
    const begun = Buffer.from(post(10_000_000, 'x'.repeat(200_000)))
    const before = heldBytes()
    for (const { socket } of clients) socket.write(begun)
    // Each connection holds at least 200 KB, so at most ten of them remain.
    for (let n = 0; n < 190; n += 1) expect(await http.log.next()).toMatchObject({ status: 408 })
    await expect.poll(() => heldBytes() - before, { timeout: 10_000 }).toBeLessThan(10 * megabyte)
    await closeAll(clients)
    expect(http.events.all).toEqual([])
  })
})

describe('answers', () => {
  test('the connection with the oldest unread answer is cut when too much waits', async () => {
    await using http = await startHttp(
      () => ({ statusCode: 200, body: 'x'.repeat(20 * megabyte) }),
      {
        limits: { responseBytes: Infinity, unsentBytesInAll: 50 * megabyte },
      },
    )
    await using first = await askAndPause(http.port)
    await using second = await askAndPause(http.port)
    const third = await fetch(`${http.url}/x`)
    expect(await third.text()).toHaveLength(20 * megabyte)
    first.socket.resume()
    await first.closed
    expect(await first.until('')).not.toHaveLength(20 * megabyte)
    // Pipelined requests count for their connection.
    second.socket.write('GET /api/x HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(2))
    second.socket.resume()
    await second.closed
  })
})

describe('frames to clients who do not read', () => {
  test('cut the connection that has waited the longest when too much waits', async () => {
    await using gateway = await startGateway({ limits: { bufferedBytesInAll: 1.5 * megabyte } })
    await using slow = await pausedSocket(gateway)
    const slowId = await fillUp(gateway, 0)
    await using slower = await pausedSocket(gateway)
    const slowerId = await fillUp(gateway, 1)
    expect(gateway.api.connections.post(slowId, 'x')).toBe('gone')
    expect(gateway.api.connections.post(slowerId, 'x')).toBe('sent')
    expect(await disconnectOf(gateway)).toEqual([1006, 'Connection Closed Abnormally'])
    slow.socket.resume()
    await slow.closed
    expect(slower.socket.destroyed).toBe(false)
  })

  test('are dropped by a reset with a cut connection, so that the kernel keeps nothing of them', async () => {
    await using gateway = await startGateway()
    await using slow = await pausedSocket(gateway)
    const id = await fillUp(gateway, 0)
    const errors: unknown[] = []
    slow.socket.on('error', (error: NodeJS.ErrnoException) => errors.push(error.code))
    expect(gateway.api.connections.cut(id)).toBe('cut')
    expect(await disconnectOf(gateway)).toEqual([1006, 'Connection Closed Abnormally'])
    slow.socket.resume()
    await slow.closed
    expect(errors).toEqual(['ECONNRESET'])
  })

  test('are dropped with a cut connection, whose client gets no close frame', async () => {
    await using gateway = await startGateway()
    await using client = await openGatewayClient(gateway.url)
    const id = await firstConnectionId(gateway)
    expect(gateway.api.connections.cut(id)).toBe('cut')
    expect(gateway.api.connections.cut(id)).toBe('gone')
    expect(await client.closed).toEqual({ code: 1006, reason: '' })
    expect(await disconnectOf(gateway)).toEqual([1006, 'Connection Closed Abnormally'])
    expect(gateway.api.size).toBe(0)
  })
})

describe('incomplete and unhandled messages', () => {
  test('cut the oldest holder when they have too many bytes together', async () => {
    const handled = Promise.withResolvers<typeof OK>()
    await using gateway = await startGateway({
      limits: { receivedBytesInAll: 40_000 },
      onMessage: () => handled.promise,
    })
    await using slowest = await openSocket(gateway)
    await sendPart(slowest, 15_000)
    await using slow = await openSocket(gateway)
    await sendPart(slow, 15_000)
    // The message is complete, but waits for its handler.
    await using waiting = await openGatewayClient(gateway.url)
    waiting.ws.send('x'.repeat(15_000))
    expect(await disconnectOf(gateway)).toEqual([1006, 'Connection Closed Abnormally'])
    await slowest.closed
    await gateway.messages.next()
    slow.socket.write(clientFrame(0, Buffer.from('!')))
    expect((await gateway.messages.next()).body).toHaveLength(15_001)
    // A handled message holds nothing any more.
    handled.resolve(OK)
    waiting.ws.send('x'.repeat(20_000))
    await gateway.messages.next()
    await using last = await openSocket(gateway)
    await sendPart(last, 15_000)
    expect(gateway.api.size).toBe(3)
  })

  test('of 200 clients that never finish hold no more than the bound', async () => {
    await using gateway = await startGateway({ limits: { receivedBytesInAll: 2 * megabyte } })
    const clients = await Promise.all(Array.from({ length: 200 }, () => openSocket(gateway)))
    const part = Buffer.concat(
      Array<Buffer>(4).fill(clientFrame(0, Buffer.alloc(25_000), { fin: false })),
    )
    const before = heldBytes()
    for (const { socket } of clients) {
      socket.write(clientFrame(1, Buffer.from('m'), { fin: false }))
      socket.write(part)
    }
    // Each connection holds 100 KB, so twenty of them remain.
    for (let n = 0; n < 179; n += 1) await gateway.disconnects.next()
    await expect.poll(() => heldBytes() - before, { timeout: 10_000 }).toBeLessThan(8 * megabyte)
    expect(gateway.api.size).toBeLessThanOrEqual(21)
    await closeAll(clients)
    expect(gateway.messages.all).toEqual([])
  })
})

describe('frames of one connection', () => {
  const limits = { framesPerSecond: 0.001, frameBurst: 10, closeHandshakeMs: 50 }

  test('above its rate are ignored, and above twice the rate close it: 1008', async () => {
    await using gateway = await startGateway({
      limits,
      onMessage: ({ body, requestContext }) => {
        gateway.api.connections.post(requestContext.connectionId, body)
        return OK
      },
    })
    await using client = await openGatewayClient(gateway.url)
    await using other = await openGatewayClient(gateway.url)
    for (let n = 0; n < 20; n += 1) client.ws.send(String(n))
    for (let n = 0; n < 10; n += 1) expect(await client.frames.next()).toBe(String(n))
    // The connection is still open: a frame to it arrives.
    const id = await firstConnectionId(gateway)
    await expect.poll(() => gateway.log.all.some(({ status }) => status === 429)).toBe(true)
    expect(gateway.api.connections.post(id, 'still here')).toBe('sent')
    expect(await client.frames.next()).toBe('still here')

    client.ws.send('one too many')
    expect(await disconnectOf(gateway)).toEqual([1008, ''])
    expect(gateway.messages.all).toHaveLength(10)
    expect(gateway.log.all.filter(({ status }) => status === 429)).toHaveLength(1)
    other.ws.send('another connection')
    expect(await other.frames.next()).toBe('another connection')
  })

  test.each([
    ['pings', clientFrame(9, Buffer.from('p'))],
    ['pongs', clientFrame(10, Buffer.from('p'))],
    ['pieces of a message', clientFrame(0, Buffer.alloc(0), { fin: false })],
  ])('are all counted: %s', async (_, frame) => {
    await using gateway = await startGateway({ limits })
    await using raw = await openSocket(gateway)
    raw.socket.write(clientFrame(1, Buffer.from('m'), { fin: false }))
    raw.socket.write(Buffer.concat(Array<Buffer>(100_000).fill(frame)))
    expect(await disconnectOf(gateway)).toEqual([1008, ''])
    const pongs = (await raw.until('\x88\x02\x03\xf0')).split('\x8a\x01p').length - 1
    expect(pongs).toBeLessThanOrEqual(limits.frameBurst)
    expect(gateway.messages.all).toEqual([])
  })

  test('of a closed flood are not read any more, and the connection ends', async () => {
    await using gateway = await startGateway({ limits })
    await using raw = await openSocket(gateway)
    const flood = Buffer.concat(Array<Buffer>(10_000).fill(clientFrame(1, Buffer.from('x'))))
    while (!raw.socket.destroyed) {
      const written = new Promise((resolve) => raw.socket.write(flood, resolve))
      await Promise.race([written, raw.closed])
    }
    expect(gateway.messages.all).toHaveLength(limits.frameBurst)
  })

  test('of a message that is not complete in time close it: 1008', async () => {
    await using gateway = await startGateway({ limits: { messageTimeoutMs: 50 } })
    const begun = [
      clientFrame(1, Buffer.from('half'), { fin: false }),
      clientFrame(1, Buffer.alloc(1_000)).subarray(0, 500),
      clientFrame(1, Buffer.alloc(1_000)).subarray(0, 3),
    ]
    for (const bytes of begun) {
      await using raw = await openSocket(gateway)
      raw.socket.write(bytes)
      expect(await disconnectOf(gateway)).toEqual([1008, ''])
    }
    await using patient = await openGatewayClient(gateway.url)
    patient.ws.send('whole')
    await gateway.messages.next()
    await using last = await openSocket(gateway)
    last.socket.write(begun[0]!)
    expect(await disconnectOf(gateway)).toEqual([1008, ''])
    expect(patient.ws.readyState).toBe(patient.ws.OPEN)
  })
})

async function openSocket(gateway: Gateway): Promise<RawClient> {
  const raw = await openRaw(gateway.port)
  raw.socket.write(upgradeHead('/local'))
  await raw.until('\r\n\r\n')
  return raw
}

/** Sends a part of a message, and waits until it is read. */
async function sendPart(raw: RawClient, bytes: number): Promise<void> {
  raw.socket.write(clientFrame(1, Buffer.alloc(bytes, 'x'), { fin: false }))
  raw.socket.write(clientFrame(9, Buffer.from('p')))
  await raw.until('\x8a\x01p')
}

async function pausedSocket(gateway: Gateway): Promise<RawClient> {
  const raw = await openSocket(gateway)
  raw.socket.pause()
  return raw
}

async function closeAll(clients: readonly RawClient[]): Promise<void> {
  await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()))
}

function openShares(maxBytes: number) {
  const pool = createBytePool(maxBytes)
  const ended: string[] = []
  const open = (name: string) => pool.open(() => ended.push(name))
  return { ended, open }
}

const post = (length: number | 'chunked', body = '') =>
  `POST /api/x HTTP/1.1\r\nHost: a\r\n${
    length === 'chunked' ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`
  }\r\n\r\n${body}`

async function askAndPause(port: number): Promise<RawClient> {
  const client = await openRaw(port)
  client.socket.write('GET /api/x HTTP/1.1\r\nHost: a\r\n\r\n')
  await client.until('\r\n\r\n')
  client.socket.pause()
  return client
}

/** Posts to the connection with this number until about a megabyte waits. */
async function fillUp(gateway: Gateway, number: number): Promise<string> {
  const { connectionId } = gateway.connects.all[number]!.requestContext
  while (gateway.api.connections.post(connectionId, 'x'.repeat(60_000)) === 'sent');
  return connectionId
}
