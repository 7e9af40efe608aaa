/** What a handler would refuse anyway is refused before all of it is there. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bodyBytesOfApi } from '../../src/local/server/body-sizes.ts'
import { bodyMaxBytes } from '../../src/protocol/limits.ts'
import { operations } from '../../src/protocol/operations/index.ts'
import { openRaw } from '../support/gateway-client.ts'
import { startTestServer, type TestServer } from '../support/chat-server.ts'
import { heldBytes } from '../support/held-bytes.ts'
import type { TestUser } from '../support/test-user.ts'

let server: TestServer
let user: TestUser

beforeAll(async () => {
  // None of these tests can pass by waiting.
  server = await startTestServer({ httpLimits: { bodyTimeoutMs: 600_000 } })
  user = await server.register()
})
afterAll(() => server[Symbol.asyncDispose]())

const announced = `Content-Length: ${bodyMaxBytes + 1}`
const chunked = 'Transfer-Encoding: chunked'

/** The answer to a request whose body has begun, and does not go on. */
async function answerTo(
  port: number,
  target: string,
  length: string,
  { token, begun = '', end = '}' }: { token?: string; begun?: string; end?: string } = {},
): Promise<string> {
  await using raw = await openRaw(port)
  const authorization = token === undefined ? [] : [`Authorization: Bearer ${token}`]
  raw.socket.write([`${target} HTTP/1.1`, 'Host: a', length, ...authorization, '\r\n'].join('\r\n'))
  raw.socket.write(begun)
  return await raw.until(end)
}

const tooMuch = `${(bodyMaxBytes + 1).toString(16)}\r\n${' '.repeat(bodyMaxBytes + 1)}`

describe('the API', () => {
  test.each([
    ['announces', announced, ''],
    ['turns out to have', chunked, tooMuch],
  ])('refuses a body that %s more than 64 KB before it is there', async (_, length, begun) => {
    const { port } = server.running
    const answer = await answerTo(port, 'POST /api/messages/', length, {
      token: user.access,
      begun,
    })
    expect(answer).toMatch(/^HTTP\/1\.1 413 /)
    expect(answer).toContain('"code":"too_large"')
  })

  test('[C5] says 401 before it says that a body is too large', async () => {
    const answer = await answerTo(server.running.port, 'POST /api/messages/', announced)
    expect(answer).toContain('"code":"unauthenticated"')
  })

  test.each([
    ['a path that is not there', 'POST /api/nothing/', 404],
    ['a method that a path has not', 'PUT /api/rooms/', 405],
    ['an operation without a body', 'DELETE /api/users/me/blocks/nobody/', 404],
    ['another one', 'GET /api/rooms/', 200],
  ])('does not wait for the body of %s', async (_, target, status) => {
    for (const length of ['Content-Length: 10000000', chunked]) {
      const answer = await answerTo(server.running.port, target, length, { token: user.access })
      expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    }
  })

  test('reads the body of each operation that has one, with a slash at the end and without', () => {
    for (const { method, path, body } of Object.values(operations)) {
      const target = path.replace(/\{\w+\}/g, '1')
      for (const each of [target, target.replace(/\/$/, '')]) {
        const bytes = bodyBytesOfApi({ method, path: each })
        expect([method, each, bytes]).toEqual([method, each, body ? bodyMaxBytes : 0])
      }
    }
  })
})

describe("the admin's pages", () => {
  test.each([
    ['announces', announced, ''],
    ['turns out to have', chunked, tooMuch],
  ])(
    'refuse a form without cookies that %s more than 64 KB before it is there',
    async (_, length, begun) => {
      const type = `${length}\r\nContent-Type: application/x-www-form-urlencoded`
      const { adminPort } = server.running
      const answer = await answerTo(adminPort, 'POST /admin/sign-in', type, {
        begun,
        end: '</html>',
      })
      expect(answer).toMatch(/^HTTP\/1\.1 403 /)
    },
  )

  test('do not wait for the body of a request for a page', async () => {
    const answer = await answerTo(server.running.adminPort, 'GET /admin/', 'Content-Length: 10', {
      end: '\r\n\r\n',
    })
    expect(answer).toMatch(/^HTTP\/1\.1 303 /)
  })
})

test('100 bodies that announce 10 MB and stall hold nothing, and others are served', async () => {
  const clients = await Promise.all(Array.from({ length: 100 }, () => openRaw(server.running.port)))
  const begun = Buffer.from(
    `POST /api/login/ HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\n${'x'.repeat(500_000)}`,
  )
  const before = heldBytes()
  for (const { socket } of clients) socket.write(begun)
  // All of them are answered, though none goes on.
  for (const client of clients) expect(await client.until('\r\n\r\n')).toMatch(/^HTTP\/1\.1 413 /)
  await expect.poll(() => heldBytes() - before, { timeout: 10_000 }).toBeLessThan(10_000_000)
  expect((await server.call('GET', '/api/health/')).status).toBe(200)
  await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()))
})
