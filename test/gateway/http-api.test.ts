import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { describe, expect, test } from 'vitest'
import { openRaw } from '../support/gateway-client.ts'
import { startHttp } from './recorded-http.ts'
import { gate, OK, record } from '../support/gateway.ts'

describe('HTTP API requests', () => {
  test('hands on a request in payload format 2.0', async () => {
    await using http = await startHttp(undefined, { now: () => 1_708_326_702_789 })
    await fetch(`${http.url}/rooms/a%20b?x=1&x=2&y=%C3%A9+z`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'tester/1', 'X-Thing': 'a' },
      body: '{"text":"hé"}',
    })
    const event = await http.events.next()
    expect(event).toMatchObject({
      version: '2.0',
      routeKey: 'ANY /api/{proxy+}',
      rawPath: '/api/rooms/a b',
      rawQueryString: 'x=1&x=2&y=%C3%A9+z',
      queryStringParameters: { x: '1,2', y: 'é z' },
      pathParameters: { proxy: 'rooms/a b' },
      body: '{"text":"hé"}',
      isBase64Encoded: false,
      requestContext: {
        apiId: 'local',
        domainName: 'localhost',
        domainPrefix: 'localhost',
        http: {
          method: 'POST',
          path: '/api/rooms/a b',
          protocol: 'HTTP/1.1',
          sourceIp: '127.0.0.1',
          userAgent: 'tester/1',
        },
        requestId: expect.stringMatching(/^[\w-]{15}=$/),
        routeKey: 'ANY /api/{proxy+}',
        stage: '$default',
        time: '19/Feb/2024:07:11:42 +0000',
        timeEpoch: 1_708_326_702_789,
      },
    })
    expect(event.headers['x-thing']).toBe('a')
    expect(event.headers['x-forwarded-for']).toBe('127.0.0.1')
    expect(event).not.toHaveProperty('cookies')
    expect(event).not.toHaveProperty('stageVariables')
    expect(event.requestContext).not.toHaveProperty('authorizer')
  })

  test('leaves query, path parameters and body out when there are none', async () => {
    const root = record<APIGatewayProxyEventV2>()
    await using http = await startHttp(undefined, {
      routes: [{ routeKey: 'GET /', handler: root.handler }],
    })
    await fetch(new URL('/', http.url))
    const event = await root.events.next()
    expect(event).toMatchObject({ rawPath: '/', rawQueryString: '', isBase64Encoded: false })
    for (const key of ['queryStringParameters', 'pathParameters', 'body', 'cookies']) {
      expect(event).not.toHaveProperty(key)
    }
  })

  test('joins repeated headers with commas and takes cookies out of them', async () => {
    await using http = await startHttp()
    await using raw = await openRaw(http.port)
    raw.socket.write(
      'GET /api/x HTTP/1.1\r\nHost: a\r\nX-Two: 1\r\nx-two: 2\r\nCookie: a=b; c=d\r\ncookie: e=f\r\nConnection: close\r\n\r\n',
    )
    const event = await http.events.next()
    expect(event.headers['x-two']).toBe('1,2')
    expect(event.cookies).toEqual(['a=b', 'c=d', 'e=f'])
    expect(event.headers).not.toHaveProperty('cookie')
    expect(event.headers).not.toHaveProperty('connection')
  })

  test('gives a body in base64 unless its type is text, JSON, XML or JavaScript', async () => {
    await using http = await startHttp()
    const cases: [string, boolean][] = [
      ['text/plain', false],
      ['application/json; charset=utf-8', false],
      ['application/xml', false],
      ['application/javascript', false],
      ['application/octet-stream', true],
      ['application/x-www-form-urlencoded', true],
      ['image/svg+xml', true],
    ]
    for (const [type, isBase64Encoded] of cases) {
      await fetch(`${http.url}/x`, {
        method: 'POST',
        headers: { 'content-type': type },
        body: 'abc',
      })
      const event = await http.events.next()
      expect([type, event.isBase64Encoded, event.body]).toEqual([
        type,
        isBase64Encoded,
        isBase64Encoded ? 'YWJj' : 'abc',
      ])
    }
  })

  test('keeps a body that claims to be text but is not UTF-8, in base64', async () => {
    await using http = await startHttp()
    const body = new Uint8Array([0xff, 0xfe, 0])
    await fetch(`${http.url}/x`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body,
    })
    expect(await http.events.next()).toMatchObject({ isBase64Encoded: true, body: '//4A' })
  })

  test('passes the function name and the time that is left to the handler', async () => {
    const seen: unknown[] = []
    await using http = await startHttp(undefined, {
      routes: [
        {
          routeKey: '$default',
          functionName: 'api',
          handler: async (_event, context) => {
            seen.push(
              context.functionName,
              context.awsRequestId,
              context.getRemainingTimeInMillis(),
            )
            return OK
          },
        },
      ],
    })
    await fetch(http.url)
    expect(seen[0]).toBe('api')
    expect(seen[1]).toMatch(/^[0-9a-f-]{36}$/)
    expect(seen[2]).toBeGreaterThan(29_000)
    expect(seen[2]).toBeLessThanOrEqual(30_000)
  })
})

describe('HTTP API responses', () => {
  test('answers with status, headers, cookies and body of the handler', async () => {
    await using http = await startHttp(() => ({
      statusCode: 201,
      headers: { 'Content-Type': 'text/html', 'X-Number': 7 },
      cookies: ['a=b; HttpOnly', 'c=d'],
      body: '<p>',
    }))
    const response = await fetch(`${http.url}/x`)
    expect(response.status).toBe(201)
    expect(response.headers.get('content-type')).toBe('text/html')
    expect(response.headers.get('x-number')).toBe('7')
    expect(response.headers.getSetCookie()).toEqual(['a=b; HttpOnly', 'c=d'])
    expect(response.headers.get('apigw-requestid')).toMatch(/^[\w-]{15}=$/)
    expect(await response.text()).toBe('<p>')
  })

  test('takes a result without statusCode as a 200 JSON body', async () => {
    await using http = await startHttp(() => ({ rooms: [1, 2] }))
    const response = await fetch(`${http.url}/x`)
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'application/json',
    ])
    expect(await response.json()).toEqual({ rooms: [1, 2] })
  })

  test('decodes a base64 body', async () => {
    await using http = await startHttp(() => ({
      statusCode: 200,
      isBase64Encoded: true,
      body: 'AAH/',
    }))
    const response = await fetch(`${http.url}/x`)
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(new Uint8Array([0, 1, 255]))
  })

  test('answers 204 and HEAD without a body', async () => {
    await using http = await startHttp((event) =>
      event.requestContext.http.method === 'HEAD'
        ? { statusCode: 200, body: 'abc' }
        : { statusCode: 204 },
    )
    const empty = await fetch(`${http.url}/x`)
    expect([empty.status, await empty.text()]).toEqual([204, ''])
    const head = await fetch(`${http.url}/x`, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([
      200,
      '3',
      '',
    ])
  })

  test('answers 500 when the handler throws or its result is malformed', async () => {
    const bad: unknown[] = [
      { statusCode: 'ok' },
      { statusCode: 99 },
      { statusCode: 200, body: {} },
      { statusCode: 200, headers: 'x' },
      { statusCode: 200, headers: { 'x-a': 'a\r\nb' } },
      { statusCode: 200, headers: { 'not a name': 'a' } },
      { statusCode: 200, cookies: 'a=b' },
      { big: 1n },
    ]
    let result: unknown
    await using http = await startHttp((event) => {
      if (event.rawPath === '/api/throw') throw new Error('no database')
      return result
    })
    for (result of bad) {
      const response = await fetch(`${http.url}/x`)
      expect([response.status, await response.text()]).toEqual([
        500,
        '{"message":"Internal Server Error"}',
      ])
    }
    expect((await fetch(`${http.url}/throw`)).status).toBe(500)
    expect(http.log.all.at(-1)).toMatchObject({ status: 500, error: new Error('no database') })
  })

  test("answers 500 above Lambda's limit for a response", async () => {
    await using http = await startHttp(() => ({ statusCode: 200, body: 'x'.repeat(11) }), {
      limits: { responseBytes: 10 },
    })
    expect((await fetch(`${http.url}/x`)).status).toBe(500)
  })

  test('answers 503 over the time, and ignores the late end', async () => {
    const late = gate()
    await using http = await startHttp(
      async () => {
        await late.promise
        throw new Error('too late to matter')
      },
      { limits: { integrationTimeoutMs: 10 } },
    )
    const response = await fetch(`${http.url}/x`)
    expect([response.status, await response.text()]).toEqual([
      503,
      '{"message":"Service Unavailable"}',
    ])
    late.resolve()
    expect(await http.log.next()).toMatchObject({ type: 'http', status: 503 })
    expect(await http.log.next()).toMatchObject({
      type: 'error',
      routeKey: 'ANY /api/{proxy+}',
      error: new Error('too late to matter'),
    })
  })

  test('answers 404 where no route matches', async () => {
    await using http = await startHttp()
    const response = await fetch(new URL('/other', http.url))
    expect([response.status, await response.text()]).toEqual([404, '{"message":"Not Found"}'])
  })
})
