import { afterAll, expect, test } from 'vitest'
import { startTestServer } from '../support/chat-server.ts'
import { openSocket } from '../support/open-socket.ts'

const server = await startTestServer()
afterAll(() => server[Symbol.asyncDispose]())

test('[W3] an id that JSON can read, but not write, does not come back', async () => {
  await using socket = await openSocket(await server.register())
  socket.send('{"action":"heads","id":1e999}')
  const error = await socket.next('error')
  expect(error).toMatchObject({ code: 'bad_request' })
  expect(error).not.toHaveProperty('id')
})
