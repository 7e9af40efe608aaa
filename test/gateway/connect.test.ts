import { describe, expect, test } from 'vitest'
import {
  handshakeStatus,
  openGatewayClient,
  openRaw,
  upgradeHead,
} from '../support/gateway-client.ts'
import { gate, OK, startGateway } from '../support/gateway.ts'

describe('5.4 $connect outcomes', () => {
  test('[5.4] 2xx: 101', async () => {
    await using gateway = await startGateway({ onConnect: () => ({ statusCode: 204 }) })
    expect(await handshakeStatus(gateway.url)).toBe(101)
  })

  test('[5.4] non-2xx statusCode: the handshake is refused with that status, without a $disconnect', async () => {
    for (const statusCode of [302, 400, 401, 403, 429, 500]) {
      await using gateway = await startGateway({
        onConnect: () => ({ statusCode, body: 'secret' }),
      })
      expect(await handshakeStatus(gateway.url)).toBe(statusCode)
      await gateway.api.close()
      expect(gateway.disconnects.all).toEqual([])
    }
  })

  test('[5.4] body of a refused upgrade: none', async () => {
    await using gateway = await startGateway({
      onConnect: () => ({ statusCode: 403, body: 'secret' }),
    })
    await using raw = await openRaw(gateway.port)
    raw.socket.write(upgradeHead('/local'))
    expect(await raw.until('\r\n\r\n')).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/)
    await raw.closed
    expect(await raw.until('')).not.toContain('secret')
  })

  test('[5.4] handler throws: 502', async () => {
    await using gateway = await startGateway({
      onConnect: () => {
        throw new Error('no database')
      },
    })
    expect(await handshakeStatus(gateway.url)).toBe(502)
  })

  test('[5.4] malformed result: 502', async () => {
    for (const result of [
      undefined,
      null,
      {},
      'yes',
      [],
      { statusCode: '200' },
      { ok: true, statusCode: 200 },
    ]) {
      await using gateway = await startGateway({ onConnect: () => result })
      expect(await handshakeStatus(gateway.url)).toBe(502)
    }
  })

  test('[5.4] handler over its time: 504, and its late result is ignored', async () => {
    const answer = gate()
    await using gateway = await startGateway({
      limits: { integrationTimeoutMs: 10 },
      onConnect: async () => {
        await answer.promise
        throw new Error('too late to matter')
      },
    })
    expect(await handshakeStatus(gateway.url)).toBe(504)
    answer.resolve()
    expect(gateway.api.size).toBe(0)
  })

  test('[5.4] rate above 500/s: 429', async () => {
    await using gateway = await startGateway({ limits: { connectsPerSecond: 2 } })
    expect(await handshakeStatus(gateway.url)).toBe(101)
    expect(await handshakeStatus(gateway.url)).toBe(101)
    expect(await handshakeStatus(gateway.url)).toBe(429)
    expect(gateway.connects.all).toHaveLength(2)
  })

  test('[5.4] no $connect route: accepted', async () => {
    await using gateway = await startGateway({ routes: {} })
    expect(await handshakeStatus(gateway.url)).toBe(101)
  })

  test('[5.4] a subprotocol that the handler does not echo is not in the response', async () => {
    await using gateway = await startGateway()
    await using raw = await openRaw(gateway.port)
    raw.socket.write(upgradeHead('/local', ['Sec-WebSocket-Protocol: chat, token.abc']))
    expect((await raw.until('\r\n\r\n')).toLowerCase()).not.toContain('sec-websocket-protocol')
    const { headers } = await gateway.connects.next()
    expect(headers['Sec-WebSocket-Protocol']).toBe('chat, token.abc')
  })

  test('[5.4] the subprotocol that the handler returns is echoed, whatever the case of its header', async () => {
    for (const name of ['Sec-WebSocket-Protocol', 'sec-websocket-protocol']) {
      await using gateway = await startGateway({
        onConnect: () => ({ statusCode: 200, headers: { [name]: 'chat', 'x-other': 'dropped' } }),
      })
      await using client = await openGatewayClient(gateway.url, ['token.abc', 'chat'])
      expect(client.ws.protocol).toBe('chat')
    }
  })

  test('[5.4] a subprotocol that would split the response is a malformed result: 502', async () => {
    await using gateway = await startGateway({
      onConnect: () => ({
        statusCode: 200,
        headers: { 'Sec-WebSocket-Protocol': 'a\r\nSet-Cookie: x=y' },
      }),
    })
    expect(await handshakeStatus(gateway.url)).toBe(502)
  })

  test('[5.4] PostToConnection inside $connect: gone', async () => {
    const results: unknown[] = []
    await using gateway = await startGateway({
      onConnect: ({ requestContext }) => {
        const { connections } = gateway.api
        results.push(connections.post(requestContext.connectionId, 'hello'))
        results.push(connections.get(requestContext.connectionId))
        results.push(connections.delete(requestContext.connectionId))
        return OK
      },
    })
    await using client = await openGatewayClient(gateway.url)
    expect(results).toEqual(['gone', undefined, 'gone'])
    const { connectionId } = (await gateway.connects.next()).requestContext
    expect(gateway.api.connections.post(connectionId, 'now it is there')).toBe('sent')
    expect(await client.frames.next()).toBe('now it is there')
  })

  test('[5.4] any path after the stage, and any other stage: 403, and no handler runs', async () => {
    await using gateway = await startGateway()
    const base = `ws://127.0.0.1:${gateway.port}`
    for (const path of ['/local/ws', '/local//', '/other', '/', '/locally', '/local%2Fx']) {
      expect(await handshakeStatus(base + path)).toBe(403)
    }
    expect(gateway.connects.all).toEqual([])
  })

  test('[5.4] a request target over 4,096 characters: 414', async () => {
    await using gateway = await startGateway()
    expect(
      await handshakeStatus(`${gateway.url}?t=${'x'.repeat(4_096 - '/local?t='.length)}`),
    ).toBe(101)
    expect(
      await handshakeStatus(`${gateway.url}?t=${'x'.repeat(4_097 - '/local?t='.length)}`),
    ).toBe(414)
  })

  test('[5.4] a broken handshake is refused before any handler runs', async () => {
    await using gateway = await startGateway()
    const whole = upgradeHead('/local')
    const broken = [
      whole.replace('Sec-WebSocket-Version: 13', 'Sec-WebSocket-Version: 7'),
      whole.replace('dGhlIHNhbXBsZSBub25jZQ==', 'short'),
      whole.replace('Upgrade: websocket', 'Upgrade: h2c'),
      upgradeHead('/local', ['Sec-WebSocket-Protocol: a,,b']),
      upgradeHead('/local', ['Sec-WebSocket-Protocol: a, a']),
    ]
    for (const head of broken) {
      await using raw = await openRaw(gateway.port)
      raw.socket.write(head)
      expect(await raw.until('\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /)
      await raw.closed
    }
    expect(gateway.connects.all).toEqual([])
  })

  test('refuses with 429 above a limit of open sockets, handshakes counted', async () => {
    await using gateway = await startGateway({ limits: { maxConnections: 1 } })
    await using client = await openGatewayClient(gateway.url)
    expect(await handshakeStatus(gateway.url)).toBe(429)
    client.ws.close()
    await gateway.disconnects.next()
    expect(await handshakeStatus(gateway.url)).toBe(101)
  })
})
