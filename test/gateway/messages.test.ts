import { describe, expect, test } from 'vitest'
import type { MessageEvent } from '../../src/emulators/api-gateway/websocket-event.ts'
import { openGatewayClient } from '../support/gateway-client.ts'
import { firstConnectionId, gate, OK, record, startGateway } from '../support/gateway.ts'

describe('5.5 Routing', () => {
  test('[5.5] the default expression picks the route named by the body\'s "action"', async () => {
    const sent = record<MessageEvent>()
    const other = record<MessageEvent>()
    await using gateway = await startGateway({ routes: { sendmessage: sent, $default: other } })
    await using client = await openGatewayClient(gateway.url)
    client.ws.send('{"action":"sendmessage","text":"hi"}')
    const event = await sent.events.next()
    expect(event.requestContext.routeKey).toBe('sendmessage')
    expect(event.body).toBe('{"action":"sendmessage","text":"hi"}')
  })

  test('[5.5] no match, a missing action and non-JSON go to $default', async () => {
    await using gateway = await startGateway()
    await using client = await openGatewayClient(gateway.url)
    for (const body of [
      '{"action":"nothing"}',
      '{}',
      'not json',
      '',
      '[1]',
      'null',
      '"sendmessage"',
    ]) {
      client.ws.send(body)
      const event = await gateway.messages.next()
      expect([event.body, event.requestContext.routeKey]).toEqual([body, '$default'])
    }
  })

  test('[5.5] no match and no $default: the Forbidden frame, byte for byte', async () => {
    const { handler } = record()
    const connects = record<MessageEvent>()
    await using gateway = await startGateway({
      routes: { $connect: connects, sendmessage: { handler } },
    })
    await using client = await openGatewayClient(gateway.url)
    client.ws.send('{"action":"other"}')
    const frame = await client.frames.next()
    const { connectionId } = (await connects.events.next()).requestContext
    const requestId = gateway.log.all.find((entry) => entry.type === 'message')?.requestId
    expect(frame).toBe(
      `{"message": "Forbidden", "connectionId":"${connectionId}", "requestId":"${requestId}"}`,
    )
  })

  test('[5.5] an action of "$connect", "$disconnect" or "$default" selects none of them', async () => {
    await using gateway = await startGateway()
    await using client = await openGatewayClient(gateway.url)
    await gateway.connects.next()
    for (const action of ['$connect', '$disconnect', '$default']) {
      client.ws.send(JSON.stringify({ action }))
      expect((await gateway.messages.next()).requestContext.routeKey).toBe('$default')
    }
    expect(gateway.connects.all).toHaveLength(1)
    expect(gateway.disconnects.all).toEqual([])
  })

  test('[5.5] an expression may have several variables and static text', async () => {
    const route = record<MessageEvent>()
    await using gateway = await startGateway({
      routeSelectionExpression: '${request.body.service}/${request.body.action}',
      routes: { 'chat/send': route },
    })
    await using client = await openGatewayClient(gateway.url)
    client.ws.send('{"service":"chat","action":"send"}')
    expect((await route.events.next()).requestContext.routeKey).toBe('chat/send')
  })
})

describe('5.6 MESSAGE handler outcomes', () => {
  const malformed: unknown[] = [
    undefined,
    null,
    {},
    'text',
    { statusCode: 200, ConnectionId: 'x', Data: 'y' },
    { statusCode: 200, body: { no: 'object' } },
  ]

  test('[5.6] throws: the Internal server error frame, byte for byte; the socket stays open', async () => {
    await using gateway = await startGateway({
      onMessage: ({ body }) => {
        if (body === 'bad') throw new Error('no database')
        return OK
      },
    })
    await using client = await openGatewayClient(gateway.url)
    const connectionId = await firstConnectionId(gateway)
    client.ws.send('bad')
    const { requestId } = (await gateway.messages.next()).requestContext
    expect(await client.frames.next()).toBe(
      `{"message": "Internal server error", "connectionId":"${connectionId}", "requestId":"${requestId}"}`,
    )
    client.ws.send('good')
    expect((await gateway.messages.next()).body).toBe('good')
  })

  test('[5.6] times out (29 s): the Internal server error frame, and the late end is ignored', async () => {
    const answer = gate()
    await using gateway = await startGateway({
      limits: { integrationTimeoutMs: 10 },
      onMessage: async () => {
        await answer.promise
        throw new Error('too late to matter')
      },
    })
    await using client = await openGatewayClient(gateway.url)
    client.ws.send('slow')
    expect(await client.frames.next()).toContain('"Internal server error"')
    expect(gateway.log.all.at(-1)).toMatchObject({ type: 'message', status: 500 })
    answer.resolve()
    client.ws.ping()
    await new Promise((resolve) => client.ws.once('pong', resolve))
    expect(gateway.log.all.at(-1)).toMatchObject({
      type: 'error',
      routeKey: '$default',
      error: new Error('too late to matter'),
    })
  })

  test('[5.6] malformed results, unknown keys among them: the Internal server error frame', async () => {
    let result: unknown
    await using gateway = await startGateway({ onMessage: () => result })
    await using client = await openGatewayClient(gateway.url)
    for (result of malformed) {
      client.ws.send('x')
      expect(await client.frames.next()).toContain('"Internal server error"')
    }
  })

  test('[5.6] 2xx without a route response: nothing, though there is a body', async () => {
    await using gateway = await startGateway({
      onMessage: () => ({ statusCode: 200, body: 'lost' }),
    })
    await using client = await openGatewayClient(gateway.url)
    const connectionId = await firstConnectionId(gateway)
    client.ws.send('x')
    await gateway.messages.next()
    client.ws.ping()
    await new Promise((resolve) => client.ws.once('pong', resolve))
    gateway.api.connections.post(connectionId, 'marker')
    expect(await client.frames.next()).toBe('marker')
  })

  test('[5.6] with a route response the body alone is sent, also with status 500', async () => {
    for (const statusCode of [200, 500]) {
      const handler = async () => ({
        statusCode,
        headers: { a: 'b' },
        body: `status ${statusCode}`,
      })
      await using gateway = await startGateway({
        routes: { $default: { handler, returnResponse: true } },
      })
      await using client = await openGatewayClient(gateway.url)
      client.ws.send('x')
      expect(await client.frames.next()).toBe(`status ${statusCode}`)
    }
  })

  test('[5.6] with a route response, throwing still gives the error frame', async () => {
    const { handler } = record(() => {
      throw new Error('no database')
    })
    await using gateway = await startGateway({
      routes: { $default: { handler, returnResponse: true } },
    })
    await using client = await openGatewayClient(gateway.url)
    client.ws.send('x')
    expect(await client.frames.next()).toContain('"Internal server error"')
  })

  test('[5.6] statusCode of 400 and more without a route response: the error frame (sources disagree)', async () => {
    await using gateway = await startGateway({ onMessage: () => ({ statusCode: 400 }) })
    await using client = await openGatewayClient(gateway.url)
    client.ws.send('x')
    expect(await client.frames.next()).toContain('"Internal server error"')
  })

  test('[5.6] invocations of one connection run concurrently, and may end out of order', async () => {
    const slow = gate()
    await using gateway = await startGateway({
      onMessage: async ({ body, requestContext }) => {
        if (body === 'slow') await slow.promise
        gateway.api.connections.post(requestContext.connectionId, `${body} done`)
        return OK
      },
    })
    await using client = await openGatewayClient(gateway.url)
    client.ws.send('slow')
    client.ws.send('quick')
    expect(await client.frames.next()).toBe('quick done')
    slow.resolve()
    expect(await client.frames.next()).toBe('slow done')
  })

  test('[5.6] over the rate of 10,000/s: a throttling frame, and no handler runs', async () => {
    await using gateway = await startGateway({
      limits: { requestsPerSecond: 0.001, requestBurst: 2 },
    })
    await using client = await openGatewayClient(gateway.url)
    client.ws.send('handled')
    await gateway.messages.next()
    client.ws.send('refused')
    expect(await client.frames.next()).toMatch(
      /^\{"message": "Too Many Requests", "connectionId":"[\w-]{15}=", "requestId":"[\w-]{15}="\}$/,
    )
    expect(gateway.messages.all).toHaveLength(1)
  })

  test('stops reading a connection with too many unhandled messages, and continues when they are done', async () => {
    const hold = gate()
    await using gateway = await startGateway({
      limits: { concurrentMessages: 1 },
      onMessage: async () => {
        await hold.promise
        return OK
      },
    })
    await using client = await openGatewayClient(gateway.url)
    client.ws.send('first')
    await gateway.messages.next()
    client.ws.send('second')
    client.ws.ping()
    const pong = new Promise((resolve) => client.ws.once('pong', resolve))
    expect(gateway.messages.empty).toBe(true)
    hold.resolve()
    expect((await gateway.messages.next()).body).toBe('second')
    await pong
  })
})
