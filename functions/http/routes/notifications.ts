import * as operations from '../../../src/protocol/operations/notifications.ts'
import { listNotifications } from '../../../src/core/notifications/list-notifications.ts'
import { readNotifications } from '../../../src/core/notifications/read-notifications.ts'
import type { ApiRuntime } from '../../runtime.ts'
import type { OnOperation } from '../on-operation.ts'
import { linkResults } from '../links.ts'

export function notificationRoutes(on: OnOperation, runtime: ApiRuntime): void {
  on(operations.listNotifications, async ({ c, sessionId, query }) => {
    const page = await listNotifications(runtime.db, sessionId, query, query)
    return { status: 200, body: linkResults(c, query, page) }
  })

  on(operations.readNotifications, async ({ sessionId, body }) => {
    return { status: 200, body: await readNotifications(runtime, sessionId, body) }
  })
}
