import * as operations from '../../../src/protocol/operations/sessions.ts'
import {
  endOtherSessions,
  endSession,
  listSessions,
  logout,
} from '../../../src/core/accounts/sessions.ts'
import type { ApiRuntime } from '../../runtime.ts'
import type { OnOperation } from '../on-operation.ts'
import { checkPage, dropRefreshCookie } from '../refresh-cookie.ts'
import { linkResults } from '../links.ts'

export function sessionRoutes(on: OnOperation, runtime: ApiRuntime): void {
  on(operations.logout, async ({ c, sessionId, body }) => {
    if (body.refresh_in === 'cookie') checkPage(c, runtime)
    await logout(runtime, sessionId)
    if (body.refresh_in === 'cookie') dropRefreshCookie(c)
    return { status: 204 }
  })
  on(operations.listSessions, async ({ c, sessionId, query }) => {
    return {
      status: 200,
      body: linkResults(c, query, await listSessions(runtime.db, sessionId, query)),
    }
  })
  on(operations.endSession, async ({ sessionId, params }) => {
    await endSession(runtime, sessionId, params.session_id)
    return { status: 204 }
  })
  on(operations.endOtherSessions, async ({ sessionId }) => {
    await endOtherSessions(runtime, sessionId)
    return { status: 204 }
  })
}
