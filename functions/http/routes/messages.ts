import * as operations from '../../../src/protocol/operations/messages.ts'
import { deleteMessage, editMessage, react } from '../../../src/core/messages/change-message.ts'
import { listMessages } from '../../../src/core/messages/list-messages.ts'
import type { ApiRuntime } from '../../runtime.ts'
import { countAsSend } from '../limited.ts'
import type { OnOperation } from '../on-operation.ts'
import { linkPositions } from '../links.ts'
import { readRequestId } from '../request.ts'

export function messageRoutes(on: OnOperation, runtime: ApiRuntime): void {
  on(operations.sendMessage, async ({ c, sessionId, body }) => {
    const { message, isDuplicate } = await countAsSend(c, runtime, () =>
      runtime.sends.send({
        sessionId,
        roomId: body.room_id,
        text: body.message,
        clientId: body.client_id ?? readRequestId(c),
        replyTo: body.reply_to,
      }),
    )
    return { status: isDuplicate ? 200 : 201, body: message }
  })
  on(operations.listMessages, async ({ c, sessionId, params, query }) => {
    const page = await listMessages(runtime.db, sessionId, params.room_id, query)
    return { status: 200, body: linkPositions(c, query, page) }
  })

  on(operations.editMessage, async ({ c, sessionId, params, body }) => {
    const { message } = await countAsSend(c, runtime, () =>
      editMessage(runtime, { sessionId, ...params }, body.message),
    )
    return { status: 200, body: message }
  })
  on(operations.deleteMessage, async ({ c, sessionId, params }) => {
    await countAsSend(c, runtime, () => deleteMessage(runtime, { sessionId, ...params }))
    return { status: 204 }
  })
  on(operations.addReaction, async ({ c, sessionId, params }) => {
    const { message } = await countAsSend(c, runtime, () =>
      react(runtime, { sessionId, ...params }, params.emoji, true),
    )
    return { status: 200, body: message }
  })
  on(operations.removeReaction, async ({ c, sessionId, params }) => {
    await countAsSend(c, runtime, () =>
      react(runtime, { sessionId, ...params }, params.emoji, false),
    )
    return { status: 204 }
  })
}
