import * as operations from '../../../src/protocol/operations/bans.ts'
import { banUser, liftBan, listBans } from '../../../src/core/rooms/bans.ts'
import type { ApiRuntime } from '../../runtime.ts'
import type { OnOperation } from '../on-operation.ts'
import { linkResults } from '../links.ts'

export function banRoutes(on: OnOperation, runtime: ApiRuntime): void {
  on(operations.listBans, async ({ c, sessionId, params, query }) => {
    const page = await listBans(runtime.db, sessionId, params.room_id, query)
    return { status: 200, body: linkResults(c, query, page) }
  })
  on(operations.putBan, async ({ caller, params, body }) => {
    const { room_id, username } = params
    const put = await banUser(runtime, caller.sessionId, room_id, username, body.reason)
    return { status: put.isNew ? 201 : 200, body: put.ban }
  })
  on(operations.removeBan, async ({ caller, params }) => {
    await liftBan(runtime, caller.sessionId, params.room_id, params.username)
    return { status: 204 }
  })
}
