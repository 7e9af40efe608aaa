import * as operations from '../../../src/protocol/operations/users.ts'
import { block, unblock } from '../../../src/core/accounts/block.ts'
import { listBlocks } from '../../../src/core/accounts/list-blocks.ts'
import { listUsers } from '../../../src/core/accounts/list-users.ts'
import type { ApiRuntime } from '../../runtime.ts'
import type { OnOperation } from '../on-operation.ts'
import { linkResults } from '../links.ts'

export function userRoutes(on: OnOperation, runtime: ApiRuntime): void {
  const { db } = runtime

  on(operations.listUsers, async ({ c, sessionId, query }) => {
    const page = await listUsers(db, sessionId, query.search, query)
    return { status: 200, body: linkResults(c, query, page) }
  })
  on(operations.listBlocks, async ({ c, sessionId, query }) => {
    return { status: 200, body: linkResults(c, query, await listBlocks(db, sessionId, query)) }
  })
  on(operations.block, async ({ caller, params }) => {
    await block(runtime, caller, params.username)
    return { status: 204 }
  })
  on(operations.unblock, async ({ caller, params }) => {
    await unblock(runtime, caller, params.username)
    return { status: 204 }
  })
}
