import { once } from 'node:events'
import { request } from 'node:http'
import { describe, expect, test } from 'vitest'
import { openRaw } from '../support/gateway-client.ts'
import { startHttp } from './recorded-http.ts'
import { gate, OK } from '../support/gateway.ts'

describe('HTTP API limits', () => {
  test('answers 413 above 10 MB, announced or not, without calling the handler', async () => {
    await using http = await startHttp()
    const chunk = new Uint8Array(1024 * 1024)
    const announced = await fetch(`${http.url}/x`, {
      method: 'POST',
      body: new Uint8Array(40 * 1024 * 1024),
    })
    expect(announced.status).toBe(413)

    const upload = request(`${http.url}/x`, { method: 'POST' })
    upload.on('error', () => undefined)
    const answered = once(upload, 'response')
    for (let i = 0; i < 40; i += 1) upload.write(chunk)
    upload.end()
    const [response] = await answered
    expect(response.statusCode).toBe(413)
    response.resume()
    expect(http.events.all).toEqual([])
  })

  test('takes a body of exactly the limit', async () => {
    await using http = await startHttp(undefined, { limits: { payloadBytes: 10 } })
    const post = (size: number) =>
      fetch(`${http.url}/x`, { method: 'POST', body: 'x'.repeat(size) }).then(
        ({ status }) => status,
      )
    expect([await post(10), await post(11)]).toEqual([200, 413])
  })

  test('answers 431 when request line and headers exceed 10,240 bytes', async () => {
    await using http = await startHttp()
    const status = async (size: number) =>
      (await fetch(`${http.url}/x`, { headers: { 'x-big': 'x'.repeat(size) } })).status
    expect([await status(9_000), await status(10_240)]).toEqual([200, 431])
  })

  test('answers 429 over the rate, and again when tokens have come back', async () => {
    await using http = await startHttp(undefined, {
      limits: { requestsPerSecond: 50, requestBurst: 1 },
    })
    const statuses = await Promise.all([fetch(`${http.url}/x`), fetch(`${http.url}/x`)])
    expect(statuses.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 429])
    let status = 429
    while (status === 429) ({ status } = await fetch(`${http.url}/x`))
    expect(status).toBe(200)
  })

  test('answers 408 to a body that does not arrive', async () => {
    await using http = await startHttp(undefined, { limits: { bodyTimeoutMs: 10 } })
    await using raw = await openRaw(http.port)
    raw.socket.write('POST /api/x HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc')
    expect(await raw.until('\r\n\r\n')).toMatch(/^HTTP\/1\.1 408 /)
    expect(http.events.all).toEqual([])
  })
})

describe('HTTP API and difficult clients', () => {
  test('does not call the handler for an aborted upload', async () => {
    await using http = await startHttp()
    for (const abort of ['destroy', 'resetAndDestroy', 'end'] as const) {
      const raw = await openRaw(http.port)
      raw.socket.write('POST /api/x HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc')
      raw.socket[abort]()
      await http.log.next()
      await raw[Symbol.asyncDispose]()
    }
    expect(http.events.all).toEqual([])
    await http.api.close()
  })

  test('survives a client that leaves before the answer', async () => {
    const hold = gate()
    await using http = await startHttp(async () => {
      await hold.promise
      return { statusCode: 200, body: 'x'.repeat(1024 * 1024) }
    })
    await using raw = await openRaw(http.port)
    raw.socket.write('GET /api/x HTTP/1.1\r\nHost: a\r\n\r\n')
    await http.events.next()
    raw.socket.resetAndDestroy()
    await raw.closed
    hold.resolve()
    expect(await http.log.next()).toMatchObject({ type: 'http', status: 200 })
    await http.api.close()
  })

  test('serves pipelined requests in order on one connection', async () => {
    await using http = await startHttp((event) => ({ statusCode: 200, body: event.rawPath }))
    await using raw = await openRaw(http.port)
    raw.socket.write('GET /api/1 HTTP/1.1\r\nHost: a\r\n\r\nGET /api/2 HTTP/1.1\r\nHost: a\r\n\r\n')
    const all = await raw.until('/api/2')
    expect(all.indexOf('/api/1')).toBeLessThan(all.indexOf('/api/2'))
  })

  test('logs path and status, and neither query nor headers nor body', async () => {
    await using http = await startHttp()
    await fetch(`${http.url}/x?token=hush`, {
      method: 'POST',
      headers: { authorization: 'Bearer hush' },
      body: 'hush',
    })
    const entry = await http.log.next()
    expect(entry).toEqual({
      type: 'http',
      requestId: expect.any(String),
      routeKey: 'ANY /api/{proxy+}',
      method: 'POST',
      path: '/api/x',
      status: 200,
      durationMs: expect.any(Number),
    })
    expect(JSON.stringify(entry)).not.toContain('hush')
  })

  test('serves on when the log throws', async () => {
    await using http = await startHttp(undefined, {
      log: () => {
        throw new Error('disk full')
      },
    })
    expect((await fetch(`${http.url}/x`)).status).toBe(200)
  })

  test('close waits for the requests in flight and answers 503 to new ones', async () => {
    const hold = gate()
    await using http = await startHttp(async () => {
      await hold.promise
      return OK
    })
    const first = fetch(`${http.url}/x`)
    await http.events.next()
    let closed = false
    const closing = http.api.close().then(() => (closed = true))
    expect((await fetch(`${http.url}/x`)).status).toBe(503)
    expect(closed).toBe(false)
    hold.resolve()
    await closing
    expect((await first).status).toBe(200)
  })
})
