import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createMalformedFrames } from '../../functions/websocket/malformed-frames.ts'
import { startTestServer, type TestServer } from '../support/chat-server.ts'
import { ok } from '../support/answers.ts'
import { openSocket } from '../support/open-socket.ts'
import { statementsDuring } from '../support/watch-database.ts'

let server: TestServer

beforeAll(async () => {
  // An hour, so that nothing is given back while a test runs.
  server = await startTestServer({
    limits: { frames: { count: 10, seconds: 3_600 } },
    webSocketLimits: { closeHandshakeMs: 50 },
  })
})
afterAll(() => server[Symbol.asyncDispose]())

describe('[W9] malformed frames', () => {
  test.each([
    ['no JSON', '{"action":'],
    ['no known action', '{"action":"shout"}'],
    ['a send without its text', '{"action":"sendmessage","room_id":1}'],
  ])('(%s) are answered up to the limit, then ignored, then end the socket', async (_, frame) => {
    const user = await server.register()
    const logged = server.log.filter(({ message }) => message.includes('malformed')).length
    await using other = await openSocket(user)
    await using socket = await openSocket(user)
    const statements = await statementsDuring(server, async () => {
      for (let n = 0; n < 20; n += 1) socket.send(frame)
      await socket.settle()
    })
    expect(statements).toEqual([])
    socket.send(frame)
    expect(await socket.closed).toBe(1000)
    expect(socket.received.map(({ type, code }) => `${type} ${code}`)).toEqual(
      Array<string>(10).fill('error bad_request'),
    )
    const about = server.log.filter(({ message }) => message.includes('malformed'))
    expect(about.length - logged).toBe(1)
    // It is the socket's, and nobody else's.
    expect(await other.ask({ action: 'heads' })).toMatchObject({ type: 'heads' })
    await ok(user.get('/api/rooms/'))
  })

  test('that are too long count as well', async () => {
    const user = await server.register()
    await using socket = await openSocket(user)
    for (let n = 0; n < 21; n += 1) socket.send({ message: 'x'.repeat(17_000) })
    await socket.closed
    expect(socket.received.map(({ code }) => code)).toEqual(Array<string>(10).fill('too_large'))
  })
})

describe('[W9] frames of any kind', () => {
  test('that a statement refuses are all answered, up to four times the limit', async () => {
    const user = await server.register()
    await using socket = await openSocket(user)
    const answers = []
    for (let n = 0; n < 40; n += 1) answers.push(await socket.ask({ action: 'heads' }))
    expect(answers.map(({ type }) => type)).toEqual([
      ...Array<string>(10).fill('heads'),
      ...Array<string>(30).fill('error'),
    ])
    expect(answers.at(-1)).toMatchObject({ code: 'rate_limited' })
  })

  test('above that are ignored, then end the socket: 1008', async () => {
    const user = await server.register()
    await using socket = await openSocket(user)
    for (let n = 0; n < 40; n += 1) await socket.settle()
    let answered = false
    socket.ws.on('pong', () => (answered = true))
    const statements = await statementsDuring(server, async () => {
      for (let n = 0; n < 40; n += 1) socket.send({ action: 'heads', id: n })
      socket.ws.ping()
      expect(await socket.closed).toBe(1008)
    })
    expect(statements.filter(({ sql }) => sql.includes('heads'))).toEqual([])
    expect([answered, socket.received]).toEqual([false, []])
  })
})

describe(createMalformedFrames, () => {
  test('forgets with time what was sent', () => {
    let now = 0
    const verdict = createMalformedFrames({ count: 2, seconds: 10 }, () => now)
    const next = (n: number, key = 'a') => Array.from({ length: n }, () => verdict(key))
    expect(next(5, 'flood')).toEqual(['answer', 'answer', 'ignore', 'ignore', 'close'])
    expect(verdict('b')).toBe('answer')
    expect(next(3)).toEqual(['answer', 'answer', 'ignore'])
    now = 5_000
    expect(next(1)).toEqual(['ignore'])
    now = 20_000
    expect(next(3)).toEqual(['answer', 'answer', 'ignore'])
  })

  test('keeps so many connections and no more', () => {
    const verdict = createMalformedFrames({ count: 1, seconds: 10 }, () => 0)
    expect([verdict('first'), verdict('first')]).toEqual(['answer', 'ignore'])
    for (let n = 0; n < 9_999; n += 1) verdict(String(n))
    expect(verdict('first')).toBe('close')
    expect([verdict('first'), verdict('0'), verdict('9998')]).toEqual(['close', 'ignore', 'ignore'])
    for (let n = 0; n < 10_000; n += 1) verdict(`other ${n}`)
    expect(verdict('first')).toBe('answer')
  })
})
