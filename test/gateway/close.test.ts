import { describe, expect, test } from 'vitest'
import {
  handshakeStatus,
  openGatewayClient,
  openRaw,
  upgradeHead,
} from '../support/gateway-client.ts'
import { gate, OK, startGateway } from '../support/gateway.ts'

describe('WebSocketApi.close', () => {
  test('closes every socket with 1001, fires $disconnect for each, and refuses new ones with 503', async () => {
    await using gateway = await startGateway()
    await using first = await openGatewayClient(gateway.url)
    await using second = await openGatewayClient(gateway.url)
    await gateway.api.close()
    expect(await first.closed).toEqual({ code: 1001, reason: 'Going away' })
    expect(await second.closed).toEqual({ code: 1001, reason: 'Going away' })
    expect(
      gateway.disconnects.all.map((event) => event.requestContext.disconnectStatusCode),
    ).toEqual([1001, 1001])
    expect(gateway.api.size).toBe(0)
    expect(await handshakeStatus(gateway.url)).toBe(503)
  })

  test('waits for handlers in flight', async () => {
    const hold = gate()
    let done = false
    await using gateway = await startGateway({
      onMessage: async () => {
        await hold.promise
        done = true
        return OK
      },
    })
    await using client = await openGatewayClient(gateway.url)
    client.ws.send('x')
    await gateway.messages.next()
    const closing = gateway.api.close()
    await client.closed
    hold.resolve()
    await closing
    expect(done).toBe(true)
  })

  test('gives up on a handler that does not end', async () => {
    const never = gate()
    await using gateway = await startGateway({
      onDisconnect: () => never.promise,
    })
    await using client = await openGatewayClient(gateway.url)
    await gateway.api.close({ timeoutMs: 10 })
    expect((await client.closed).code).toBe(1001)
    expect(gateway.disconnects.all).toHaveLength(1)
  })

  test('a $connect that ends while closing: 503, and its $disconnect, 1001', async () => {
    const hold = gate()
    await using gateway = await startGateway({
      onConnect: async () => {
        await hold.promise
        return OK
      },
    })
    const status = handshakeStatus(gateway.url)
    await gateway.connects.next()
    const closing = gateway.api.close()
    hold.resolve()
    await closing
    expect(await status).toBe(503)
    expect(gateway.disconnects.all[0]?.requestContext.disconnectStatusCode).toBe(1001)
  })

  test('may be called twice', async () => {
    await using gateway = await startGateway()
    await Promise.all([gateway.api.close(), gateway.api.close()])
    await gateway.api.close()
    expect(gateway.api.size).toBe(0)
  })
})

describe('difficult clients', () => {
  test('a slow reader is refused further frames, and holds no more than the limit', async () => {
    await using gateway = await startGateway({ limits: { bufferedBytes: 256 * 1024 } })
    await using raw = await openRaw(gateway.port)
    raw.socket.write(upgradeHead('/local'))
    await raw.until('\r\n\r\n')
    raw.socket.pause()
    const { connectionId } = (await gateway.connects.next()).requestContext
    const results = Array.from({ length: 2_000 }, () =>
      gateway.api.connections.post(connectionId, 'x'.repeat(32 * 1024)),
    )
    expect(results[0]).toBe('sent')
    expect(results.at(-1)).toBe('limit_exceeded')
    // The kernel's buffers take some megabytes, and the process holds up to its limit.
    expect(results.filter((result) => result === 'sent').length).toBeLessThan(500)
  })

  test('a crowd that resets at every stage leaves nothing behind', async () => {
    await using gateway = await startGateway()
    const heads = ['', 'GET /local HT', upgradeHead('/local').slice(0, -4), upgradeHead('/local')]
    for (const head of [...heads, ...heads, ...heads]) {
      const raw = await openRaw(gateway.port)
      if (head) raw.socket.write(head)
      if (head.endsWith('\r\n\r\n')) await gateway.connects.next()
      raw.socket.resetAndDestroy()
      await raw.closed
    }
    for (let i = 0; i < 3; i += 1) await gateway.disconnects.next()
    expect(gateway.api.size).toBe(0)
    expect(gateway.disconnects.all).toHaveLength(gateway.connects.all.length)
  })

  test('frames sent along with the handshake are handled after $connect', async () => {
    const order: string[] = []
    await using gateway = await startGateway({
      onConnect: () => {
        order.push('connect')
        return OK
      },
      onMessage: ({ body }) => {
        order.push(body)
        return OK
      },
    })
    await using raw = await openRaw(gateway.port)
    const frame = Buffer.from([0x81, 0x82, 0, 0, 0, 0, 104, 105])
    raw.socket.write(Buffer.concat([Buffer.from(upgradeHead('/local')), frame]))
    await gateway.messages.next()
    expect(order).toEqual(['connect', 'hi'])
  })

  test('an oversized frame sent along with the handshake: 1009', async () => {
    await using gateway = await startGateway({ limits: { frameBytes: 1 } })
    await using raw = await openRaw(gateway.port)
    const frame = Buffer.from([0x81, 0x82, 0, 0, 0, 0, 104, 105])
    raw.socket.write(Buffer.concat([Buffer.from(upgradeHead('/local')), frame]))
    expect((await gateway.disconnects.next()).requestContext.disconnectStatusCode).toBe(1009)
    expect(gateway.messages.all).toEqual([])
  })

  test('the log has neither the query nor a token', async () => {
    await using gateway = await startGateway()
    await using client = await openGatewayClient(`${gateway.url}?token=hush`, [], {
      headers: { authorization: 'hush' },
    })
    client.ws.send('hush')
    await gateway.messages.next()
    client.ws.close(4000, 'hush')
    await gateway.disconnects.next()
    await gateway.api.close()
    expect(gateway.log.all.map((entry) => [entry.type, entry.status])).toEqual([
      ['connect', 101],
      ['message', 200],
      ['disconnect', 4000],
    ])
    expect(JSON.stringify(gateway.log.all)).not.toContain('hush')
  })
})
