import { describe, expect, test } from 'vitest'
import { formatRequestTime, newGatewayId } from '../../src/emulators/api-gateway/ids.ts'
import { openGatewayClient, openRaw, upgradeHead } from '../support/gateway-client.ts'
import { startGateway } from '../support/gateway.ts'

const ID = /^[\w-]{15}=$/

describe('5.1 Events', () => {
  test('[5.1] $connect: headers keep the case the client wrote, without Connection and Upgrade', async () => {
    await using gateway = await startGateway()
    await using raw = await openRaw(gateway.port)
    raw.socket.write(
      upgradeHead('/local', ['x-lower: a', 'X-UPPER: b', 'x-twice: 1', 'x-twice: 2']),
    )
    await raw.until('101')
    const { headers, multiValueHeaders } = await gateway.connects.next()
    expect(headers).toMatchObject({
      Host: 'chat.example',
      'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
      'Sec-WebSocket-Version': '13',
      'x-lower': 'a',
      'X-UPPER': 'b',
      'x-twice': '2',
    })
    expect(multiValueHeaders).toMatchObject({ 'x-twice': ['1', '2'], 'x-lower': ['a'] })
    expect(Object.keys(headers).map((name) => name.toLowerCase())).not.toContain('connection')
    expect(Object.keys(headers).map((name) => name.toLowerCase())).not.toContain('upgrade')
  })

  test('[5.1] $connect: X-Forwarded-For, -Port, -Proto and X-Amzn-Trace-Id are added, the address after any claimed one', async () => {
    await using gateway = await startGateway()
    await using _ = await openGatewayClient(gateway.url, [], {
      headers: { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'https' },
    })
    const { headers } = await gateway.connects.next()
    expect(headers).toMatchObject({
      'X-Forwarded-For': '203.0.113.9, 127.0.0.1',
      'X-Forwarded-Port': String(gateway.port),
      'X-Forwarded-Proto': 'http',
    })
    expect(headers['X-Amzn-Trace-Id']).toMatch(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/)
  })

  test('[5.1] $connect: query maps exist when there is a query', async () => {
    await using gateway = await startGateway()
    await using _ = await openGatewayClient(`${gateway.url}?room=a%20b&tag=1&tag=2`)
    const event = await gateway.connects.next()
    expect(event.queryStringParameters).toEqual({ room: 'a b', tag: '2' })
    expect(event.multiValueQueryStringParameters).toEqual({ room: ['a b'], tag: ['1', '2'] })
  })

  test('[5.1] $connect: query maps are absent without a query, body always; isBase64Encoded is false', async () => {
    await using gateway = await startGateway()
    await using _ = await openGatewayClient(gateway.url)
    const event = await gateway.connects.next()
    expect(Object.keys(event).toSorted()).toEqual([
      'headers',
      'isBase64Encoded',
      'multiValueHeaders',
      'requestContext',
    ])
    expect(event.isBase64Encoded).toBe(false)
  })

  test('[5.1] $connect: requestContext has the captured keys and no others', async () => {
    await using gateway = await startGateway({ now: () => 1_708_326_702_789 })
    await using _ = await openGatewayClient(gateway.url, [], {
      headers: { 'user-agent': 'tester/1' },
    })
    const { requestContext } = await gateway.connects.next()
    expect(requestContext).toEqual({
      routeKey: '$connect',
      eventType: 'CONNECT',
      extendedRequestId: requestContext.requestId,
      requestTime: '19/Feb/2024:07:11:42 +0000',
      messageDirection: 'IN',
      stage: 'local',
      connectedAt: 1_708_326_702_789,
      requestTimeEpoch: 1_708_326_702_789,
      identity: { userAgent: 'tester/1', sourceIp: '127.0.0.1' },
      requestId: expect.stringMatching(ID),
      domainName: 'localhost',
      connectionId: expect.stringMatching(ID),
      apiId: 'local',
    })
  })

  test('[5.1] identity.userAgent is absent when the client sent none', async () => {
    await using gateway = await startGateway()
    await using _ = await openGatewayClient(gateway.url)
    const { requestContext } = await gateway.connects.next()
    expect(requestContext.identity).toEqual({ sourceIp: '127.0.0.1' })
  })

  test('[5.1] identity.sourceIp is what the composition says', async () => {
    await using gateway = await startGateway({ sourceIp: () => '198.51.100.7' })
    await using _ = await openGatewayClient(gateway.url)
    const { requestContext, headers } = await gateway.connects.next()
    expect(requestContext.identity.sourceIp).toBe('198.51.100.7')
    expect(headers['X-Forwarded-For']).toBe('198.51.100.7')
  })

  test('[5.1] MESSAGE: requestContext with messageId, body, isBase64Encoded, and nothing else', async () => {
    await using gateway = await startGateway()
    await using client = await openGatewayClient(`${gateway.url}?room=a`)
    const connect = await gateway.connects.next()
    client.ws.send('héllo')
    const message = await gateway.messages.next()
    const { connectionId, connectedAt } = connect.requestContext
    expect(message).toEqual({
      requestContext: {
        routeKey: '$default',
        messageId: expect.stringMatching(ID),
        eventType: 'MESSAGE',
        extendedRequestId: message.requestContext.requestId,
        requestTime: formatRequestTime(message.requestContext.requestTimeEpoch),
        messageDirection: 'IN',
        stage: 'local',
        connectedAt,
        requestTimeEpoch: expect.any(Number),
        identity: { sourceIp: '127.0.0.1' },
        requestId: expect.stringMatching(ID),
        domainName: 'localhost',
        connectionId,
        apiId: 'local',
      },
      body: 'héllo',
      isBase64Encoded: false,
    })
    expect(message.requestContext.requestId).not.toBe(connect.requestContext.requestId)
  })

  test('[5.1] $disconnect: exactly the four captured headers, status code and reason, no body', async () => {
    await using gateway = await startGateway({ domainName: 'abc.example' })
    await using client = await openGatewayClient(gateway.url)
    const connect = await gateway.connects.next()
    client.ws.close(4000, 'done')
    const event = await gateway.disconnects.next()
    expect(event).toEqual({
      headers: { Host: 'abc.example', 'x-api-key': '', 'X-Forwarded-For': '', 'x-restapi': '' },
      multiValueHeaders: {
        Host: ['abc.example'],
        'x-api-key': [''],
        'X-Forwarded-For': [''],
        'x-restapi': [''],
      },
      requestContext: {
        ...connect.requestContext,
        routeKey: '$disconnect',
        eventType: 'DISCONNECT',
        disconnectStatusCode: 4000,
        disconnectReason: 'done',
        extendedRequestId: event.requestContext.requestId,
        requestId: event.requestContext.requestId,
        requestTime: expect.any(String),
        requestTimeEpoch: expect.any(Number),
      },
      isBase64Encoded: false,
    })
  })
})

describe('ids and times', () => {
  test('gives ids of 16 characters that end in = and do not repeat', () => {
    const ids = Array.from({ length: 1_000 }, newGatewayId)
    expect(ids.every((id) => ID.test(id))).toBe(true)
    expect(new Set(ids).size).toBe(1_000)
  })

  test('formats request times in UTC with two digits', () => {
    expect(formatRequestTime(Date.UTC(2025, 0, 2, 3, 4, 5))).toBe('02/Jan/2025:03:04:05 +0000')
  })
})
