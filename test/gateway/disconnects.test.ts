import { describe, expect, test } from 'vitest'
import { openGatewayClient, openRaw, upgradeHead } from '../support/gateway-client.ts'
import { disconnectOf, gate, OK, startGateway } from '../support/gateway.ts'

describe('5.2 Disconnect codes', () => {
  test('[5.2] idle 10 min: disconnectStatusCode 1001, reason "Going away"', async () => {
    await using gateway = await startGateway({ limits: { idleMs: 20 } })
    await using client = await openGatewayClient(gateway.url)
    expect(await disconnectOf(gateway)).toEqual([1001, 'Going away'])
    expect(await client.closed).toEqual({ code: 1001, reason: 'Going away' })
    expect(gateway.api.size).toBe(0)
  })

  test('[5.2] client closed without a code: 1005, "Client-side close frame status not set"', async () => {
    await using gateway = await startGateway()
    await using client = await openGatewayClient(gateway.url)
    client.ws.close()
    expect(await disconnectOf(gateway)).toEqual([1005, 'Client-side close frame status not set'])
  })

  test('[5.2] browser tab gone: 1001, reason ""', async () => {
    await using gateway = await startGateway()
    await using client = await openGatewayClient(gateway.url)
    client.ws.close(1001)
    expect(await disconnectOf(gateway)).toEqual([1001, ''])
  })

  test('[5.2] TCP drop: 1006, "Connection Closed Abnormally"', async () => {
    await using gateway = await startGateway()
    await using client = await openGatewayClient(gateway.url)
    client.ws.terminate()
    expect(await disconnectOf(gateway)).toEqual([1006, 'Connection Closed Abnormally'])
    expect(gateway.api.size).toBe(0)
  })

  test('[5.2] TCP reset: 1006', async () => {
    await using gateway = await startGateway()
    await using raw = await openRaw(gateway.port)
    raw.socket.write(upgradeHead('/local'))
    await raw.until('\r\n\r\n')
    raw.socket.resetAndDestroy()
    expect(await disconnectOf(gateway)).toEqual([1006, 'Connection Closed Abnormally'])
  })

  test('[5.2] TCP half-closed by the client: 1006', async () => {
    await using gateway = await startGateway()
    await using raw = await openRaw(gateway.port)
    raw.socket.write(upgradeHead('/local'))
    await raw.until('\r\n\r\n')
    raw.socket.end()
    expect(await disconnectOf(gateway)).toEqual([1006, 'Connection Closed Abnormally'])
  })

  test("[5.2] the client's own code and reason are passed on", async () => {
    await using gateway = await startGateway()
    await using client = await openGatewayClient(gateway.url)
    client.ws.close(4321, 'leaving the room')
    expect(await disconnectOf(gateway)).toEqual([4321, 'leaving the room'])
  })

  test('[5.2] DELETE @connections: 1000, "Connection Closed Normally"', async () => {
    await using gateway = await startGateway()
    await using client = await openGatewayClient(gateway.url)
    const { requestContext } = await gateway.connects.next()
    expect(gateway.api.connections.delete(requestContext.connectionId)).toBe('deleted')
    expect(await disconnectOf(gateway)).toEqual([1000, 'Connection Closed Normally'])
    expect(await client.closed).toEqual({ code: 1000, reason: 'Connection Closed Normally' })
  })

  test('[5.2] $disconnect fires once, though server and client both close', async () => {
    await using gateway = await startGateway()
    await using client = await openGatewayClient(gateway.url)
    const { requestContext } = await gateway.connects.next()
    gateway.api.connections.delete(requestContext.connectionId)
    client.ws.close(4000)
    await client.closed
    await gateway.api.close()
    expect(gateway.disconnects.all).toHaveLength(1)
  })

  test('[5.2] the client drops while $connect runs: $disconnect still fires, 1006', async () => {
    const answer = gate()
    await using gateway = await startGateway({
      onConnect: async () => {
        await answer.promise
        return OK
      },
    })
    await using raw = await openRaw(gateway.port)
    raw.socket.write(upgradeHead('/local'))
    const connect = await gateway.connects.next()
    raw.socket.destroy()
    await raw.closed
    answer.resolve()
    const { requestContext } = await gateway.disconnects.next()
    expect(requestContext).toMatchObject({
      connectionId: connect.requestContext.connectionId,
      disconnectStatusCode: 1006,
    })
    expect(gateway.api.size).toBe(0)
  })

  test('[5.2] the client resets while $connect runs: $disconnect still fires, 1006', async () => {
    const answer = gate()
    await using gateway = await startGateway({
      onConnect: async () => {
        await answer.promise
        return OK
      },
    })
    await using raw = await openRaw(gateway.port)
    raw.socket.write(upgradeHead('/local'))
    await gateway.connects.next()
    raw.socket.resetAndDestroy()
    await raw.closed
    answer.resolve()
    expect(await disconnectOf(gateway)).toEqual([1006, 'Connection Closed Abnormally'])
    expect(gateway.api.size).toBe(0)
  })

  test('[5.2] a $disconnect handler that throws does not affect others', async () => {
    await using gateway = await startGateway({
      onDisconnect: () => {
        throw new Error('database is down')
      },
    })
    await using first = await openGatewayClient(gateway.url)
    await using second = await openGatewayClient(gateway.url)
    first.ws.close(4000)
    await gateway.disconnects.next()
    second.ws.send('still here')
    expect((await gateway.messages.next()).body).toBe('still here')
  })
})
