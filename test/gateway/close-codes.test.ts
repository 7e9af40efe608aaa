import { describe, expect, test } from 'vitest'
import { clientFrame, openGatewayClient, openRaw, upgradeHead } from '../support/gateway-client.ts'
import { disconnectOf, startGateway } from '../support/gateway.ts'

describe('5.3 Close codes sent by API Gateway', () => {
  test('[5.3] 2 hours: 1001, however active the connection is', async () => {
    await using gateway = await startGateway({ limits: { connectionMs: 60 } })
    await using client = await openGatewayClient(gateway.url)
    const { connectionId } = (await gateway.connects.next()).requestContext
    const chatter = setInterval(() => gateway.api.connections.post(connectionId, 'tick'), 5)
    const closed = await client.closed
    clearInterval(chatter)
    expect(closed).toEqual({ code: 1001, reason: 'Going away' })
    expect(await disconnectOf(gateway)).toEqual([1001, 'Going away'])
  })

  test('[5.3] a message from either side restarts the idle time', async () => {
    await using gateway = await startGateway({ limits: { idleMs: 300 } })
    await using talker = await openGatewayClient(gateway.url)
    await using listener = await openGatewayClient(gateway.url)
    const talking = (await gateway.connects.next()).requestContext.connectionId
    const listening = (await gateway.connects.next()).requestContext.connectionId
    const chatter = setInterval(() => {
      talker.ws.send('tick')
      gateway.api.connections.post(listening, 'tick')
    }, 10)
    // The newest connection is closed first.
    await using quiet = await openGatewayClient(gateway.url)
    const silent = (await gateway.connects.next()).requestContext.connectionId
    const { requestContext } = await gateway.disconnects.next()
    await quiet.closed
    clearInterval(chatter)
    expect(requestContext.connectionId).toBe(silent)
    expect(gateway.api.connections.get(talking)).toBeDefined()
    expect(gateway.api.connections.get(listening)).toBeDefined()
    expect(listener.frames.all.length).toBeGreaterThan(0)
  })

  test('[5.3] binary frame: 1003, and no handler sees it', async () => {
    await using gateway = await startGateway()
    await using client = await openGatewayClient(gateway.url)
    client.ws.send(Buffer.from([1, 2, 3]))
    expect((await client.closed).code).toBe(1003)
    expect((await disconnectOf(gateway))[0]).toBe(1003)
    expect(gateway.messages.all).toHaveLength(0)
  })

  test('[5.3] frame of 32 KB passes; one byte more: 1009, and no handler sees it', async () => {
    await using gateway = await startGateway()
    await using client = await openGatewayClient(gateway.url)
    client.ws.send('x'.repeat(32 * 1024))
    expect((await gateway.messages.next()).body).toHaveLength(32 * 1024)
    client.ws.send('x'.repeat(32 * 1024 + 1))
    expect((await client.closed).code).toBe(1009)
    expect((await disconnectOf(gateway))[0]).toBe(1009)
    expect(gateway.messages.all).toHaveLength(1)
  })

  test('[5.3] messages ahead of an oversized frame in the same packet are handled, those after it are not', async () => {
    await using gateway = await startGateway({ limits: { frameBytes: 10 } })
    await using raw = await openRaw(gateway.port)
    raw.socket.write(upgradeHead('/local'))
    await raw.until('\r\n\r\n')
    raw.socket.write(
      Buffer.concat([
        clientFrame(1, Buffer.from('before')),
        clientFrame(1, Buffer.from('much too long')),
        clientFrame(1, Buffer.from('after')),
      ]),
    )
    expect((await disconnectOf(gateway))[0]).toBe(1009)
    expect(gateway.messages.all.map((event) => event.body)).toEqual(['before'])
  })

  test('[5.3] message of 128 KB in frames of 32 KB passes; one byte more: 1009', async () => {
    await using gateway = await startGateway()
    await using client = await openGatewayClient(gateway.url)
    const part = 'x'.repeat(32 * 1024)
    for (const fin of [false, false, false, true]) client.ws.send(part, { fin })
    expect((await gateway.messages.next()).body).toHaveLength(128 * 1024)
    for (const fin of [false, false, false, false]) client.ws.send(part, { fin })
    client.ws.send('y', { fin: true })
    expect((await client.closed).code).toBe(1009)
    expect((await disconnectOf(gateway))[0]).toBe(1009)
    expect(gateway.messages.all).toHaveLength(1)
  })

  test('[5.3] invalid UTF-8: 1007', async () => {
    await using gateway = await startGateway()
    await using raw = await openRaw(gateway.port)
    raw.socket.write(upgradeHead('/local'))
    await raw.until('\r\n\r\n')
    raw.socket.write(clientFrame(1, Buffer.from([0xc3, 0x28])))
    expect((await disconnectOf(gateway))[0]).toBe(1007)
    await raw.until('\x88\x02\x03\xef')
  })

  test('[5.3] compressed frame: 1002, since no extension was agreed', async () => {
    await using gateway = await startGateway()
    await using raw = await openRaw(gateway.port)
    raw.socket.write(upgradeHead('/local', ['Sec-WebSocket-Extensions: permessage-deflate']))
    expect((await raw.until('\r\n\r\n')).toLowerCase()).not.toContain('extensions')
    const frame = clientFrame(1, Buffer.from('abc'))
    frame[0] = 0xc1
    raw.socket.write(frame)
    expect((await disconnectOf(gateway))[0]).toBe(1002)
  })

  test('[5.3] garbage after the handshake: 1002, and the entry is gone', async () => {
    await using gateway = await startGateway()
    await using raw = await openRaw(gateway.port)
    raw.socket.write(upgradeHead('/local'))
    await raw.until('\r\n\r\n')
    raw.socket.write('GET / HTTP/1.1\r\n\r\n')
    expect((await disconnectOf(gateway))[0]).toBe(1002)
    expect(gateway.api.size).toBe(0)
  })

  test('[5.3] a peer that never answers our close frame is dropped all the same', async () => {
    await using gateway = await startGateway({ limits: { idleMs: 20, closeHandshakeMs: 20 } })
    await using raw = await openRaw(gateway.port)
    raw.socket.write(upgradeHead('/local'))
    expect((await disconnectOf(gateway))[0]).toBe(1001)
    await raw.closed
  })
})
