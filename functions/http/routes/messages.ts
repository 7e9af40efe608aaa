import * as operations from '../../../src/protocol/operations/messages.ts'
import { RateLimitedError } from '../../../src/core/errors.ts'
import { listMessages } from '../../../src/core/messages/list-messages.ts'
import type { Runtime } from '../../runtime.ts'
import { setLimitHeaders } from '../limited.ts'
import type { OnOperation } from '../on-operation.ts'
import { readRequestId } from '../request.ts'

export function messageRoutes(on: OnOperation, runtime: Runtime): void {
  const { db, limits } = runtime

  on(operations.sendMessage, async ({ c, sessionId, body }) => {
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
      return { status: sent.isDuplicate ? 200 : 201, body: sent.message }
    } catch (error) {
      if (error instanceof RateLimitedError) setHeaders(0)
      throw error
    }
  })

  on(operations.listMessages, async ({ sessionId, params, query }) => {
    return { status: 200, body: await listMessages(db, sessionId, params.room_id, query) }
  })
}
