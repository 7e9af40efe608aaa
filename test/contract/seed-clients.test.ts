/** Clients that were written for the Django chat that this one takes the place of work as they are. */
import { afterAll, describe, expect, test } from 'vitest'
import { startTestServer } from '../support/chat-server.ts'
import { type Frame, TestSocket } from '../support/test-socket.ts'
import { problemOf } from '../support/answers.ts'
import { checkFrames } from '../support/open-socket.ts'

const server = await startTestServer()
afterAll(() => server[Symbol.asyncDispose]())

/** Registers and logs in, as two requests; gives the token that the rest is done with. */
async function enter(username: string): Promise<string> {
  const password = 'correct horse battery'
  const registered = await server.call('POST', '/api/register/', {
    username,
    password,
    email: `${username}@example.org`,
  })
  expect(registered).toMatchObject({ status: 201, body: { user: { username } } })
  const answer = await server.call('POST', '/api/login/', { username, password })
  expect(answer).toMatchObject({ status: 200, body: { user: { username } } })
  return answer.body.access
}

/** As `new WebSocket(url, ['chat-protocol', token])` in a page. */
async function open(roomName: string, token: string): Promise<TestSocket> {
  const path = `/ws/chat/${roomName}/`
  const socket = await TestSocket.open(server.url + path, { protocols: ['chat-protocol', token] })
  expect(socket.ws.protocol).toBe('chat-protocol')
  return checkFrames(socket, 'simple')
}

function said(text: string) {
  return (frame: Frame) => frame.message === text
}

describe('the seed’s client', () => {
  test('[C2, A1, A2, R1, M1, M4] does all over HTTP, by paths with their trailing slash', async () => {
    const token = await enter('seed_http')
    const made = await server.call(
      'POST',
      '/api/rooms/',
      { title: 'General', description: 'For everything' },
      token,
    )
    const room = {
      id: expect.any(Number),
      title: 'General',
      description: 'For everything',
      name: 'general',
    }
    expect(made).toMatchObject({ status: 201, body: room })
    const { id } = made.body
    const listed = await server.call('GET', '/api/rooms/', undefined, token)
    expect(listed).toMatchObject({ status: 200, body: { results: [room] } })
    const one = await server.call('GET', `/api/rooms/${id}/`, undefined, token)
    expect(one).toMatchObject({ status: 200, body: room })
    const message = { room_id: id, message: 'hello' }
    const sent = await server.call('POST', '/api/messages/', message, token)
    expect(sent).toMatchObject({ status: 201, body: { ...message, username: 'seed_http' } })
    const history = await server.call('GET', `/api/messages/${id}/`, undefined, token)
    expect(history).toMatchObject({ status: 200, body: { results: [sent.body] } })
  })

  test('[A4] logs out without a body', async () => {
    const token = await enter('seed_logout')
    const answer = await server.call('POST', '/api/logout/', undefined, token)
    expect(answer).toMatchObject({ status: 204, text: '' })
    const after = await server.call('GET', '/api/rooms/', undefined, token)
    expect(problemOf(after)).toBe('401 session_revoked')
  })

  test('[W1, W2, W3, W4] talks in a room by {"message": …}, and gets message, username and timestamp', async () => {
    const [maker, visitor] = [await enter('seed_maker'), await enter('seed_visitor')]
    const made = await server.call('POST', '/api/rooms/', { title: 'Chat', description: '' }, maker)
    await using mine = await open(made.body.name, maker)
    await using theirs = await open(made.body.name, visitor)
    theirs.send('{"message": "hi"}')
    const event = await mine.next(said('hi'))
    expect(event).toMatchObject({
      type: 'message',
      message: 'hi',
      username: 'seed_visitor',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    })
    expect(await theirs.next(said('hi'))).toEqual(event)
    mine.send('{"message": "hello"}')
    await theirs.next(said('hello'))
    const overHttp = { room_id: made.body.id, message: 'by HTTP' }
    const sent = await server.call('POST', '/api/messages/', overHttp, visitor)
    await mine.settle()
    await theirs.settle()
    for (const socket of [mine, theirs]) {
      expect(socket.received.map(({ username, message }) => `${username}: ${message}`)).toEqual([
        'seed_visitor: hi',
        'seed_maker: hello',
        'seed_visitor: by HTTP',
      ])
      expect(socket.received.at(-1)).toEqual({ type: 'message', ...sent.body })
    }
    const history = await server.call('GET', `/api/messages/${made.body.id}/`, undefined, visitor)
    const events = history.body.results.map((message: Frame) => ({ type: 'message', ...message }))
    expect(events).toEqual(mine.received)
  })

  test('[A4, W2] is closed without a word when it logs out', async () => {
    const token = await enter('seed_leaver')
    const made = await server.call('POST', '/api/rooms/', { title: 'Bye', description: '' }, token)
    await using socket = await open(made.body.name, token)
    await server.call('POST', '/api/logout/', undefined, token)
    await socket.closed
    expect(socket.received).toEqual([])
  })
})
