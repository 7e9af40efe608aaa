import { Hono } from 'hono'
import { listMessagesQuery, sendRequest } from '../../../src/protocol/messages.ts'
import { RateLimitedError } from '../../../src/core/errors.ts'
import { listMessages } from '../../../src/core/messages/list-messages.ts'
import type { Runtime } from '../../runtime.ts'
import { setLimitHeaders } from '../limited.ts'
import {
  type Env,
  readBody,
  readQuery,
  readRequestId,
  readRoomId,
  readSession,
} from '../request.ts'

export function messageRoutes(runtime: Runtime): Hono<Env> {
  const { db, limits } = runtime
  const routes = new Hono<Env>({ strict: false })

  routes.post('/messages', async (c) => {
    const { sessionId } = readSession(c, runtime)
    const body = await readBody(c, sendRequest)
    const { count, seconds } = limits.sends
    const setHeaders = (remaining: number) =>
      setLimitHeaders(c, {
        limit: count,
        remaining,
        resetMs: ((count - remaining) * seconds * 1000) / count,
      })
    try {
      const sent = await runtime.sends.send({
        sessionId,
        roomId: body.room_id,
        text: body.message,
        clientId: body.client_id ?? readRequestId(c),
        replyTo: body.reply_to,
      })
      setHeaders(sent.sendsLeft)
      return c.json(sent.message, sent.isDuplicate ? 200 : 201)
    } catch (error) {
      if (error instanceof RateLimitedError) setHeaders(0)
      throw error
    }
  })

  routes.get('/messages/:room_id', async (c) => {
    const { sessionId } = readSession(c, runtime)
    const query = readQuery(c, listMessagesQuery)
    return c.json(await listMessages(db, sessionId, readRoomId(c), query))
  })

  return routes
}
