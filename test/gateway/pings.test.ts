import { describe, expect, test } from 'vitest'
import { openGatewayClient } from '../support/gateway-client.ts'
import { record, startGateway } from '../support/gateway.ts'

describe('5.8 Pings', () => {
  test('[5.8] the gateway sends no ping of its own', async () => {
    await using gateway = await startGateway({ limits: { idleMs: 50 } })
    await using client = await openGatewayClient(gateway.url)
    let pings = 0
    client.ws.on('ping', () => (pings += 1))
    await client.closed
    expect(pings).toBe(0)
  })

  test('[5.8] a client ping is answered by a pong with the same data', async () => {
    await using gateway = await startGateway()
    await using client = await openGatewayClient(gateway.url)
    const pong = new Promise((resolve) =>
      client.ws.once('pong', (data) => resolve(data.toString())),
    )
    client.ws.ping('are you there')
    expect(await pong).toBe('are you there')
    expect(gateway.messages.all).toEqual([])
  })

  test('[5.8] a client ping does not restart the idle time (unproven)', async () => {
    await using gateway = await startGateway({ limits: { idleMs: 50 } })
    await using client = await openGatewayClient(gateway.url)
    const chatter = setInterval(() => client.ws.ping(), 5)
    expect(await client.closed).toEqual({ code: 1001, reason: 'Going away' })
    clearInterval(chatter)
  })

  test('[5.8] a message to a route with a route response keeps the connection, as an application ping', async () => {
    const { handler } = record(() => ({ statusCode: 200, body: '{"type":"pong"}' }))
    await using gateway = await startGateway({
      routes: { ping: { handler, returnResponse: true } },
    })
    await using client = await openGatewayClient(gateway.url)
    client.ws.send('{"action":"ping"}')
    expect(await client.frames.next()).toBe('{"type":"pong"}')
  })
})
