import * as operations from '../../../src/protocol/operations/search.ts'
import { createMessageSearch } from '../../../src/core/search/search-messages.ts'
import type { ApiRuntime } from '../../runtime.ts'
import type { OnOperation } from '../on-operation.ts'
import { linkResults } from '../links.ts'

export function searchRoutes(on: OnOperation, runtime: ApiRuntime): void {
  const searchMessages = createMessageSearch(runtime)
  on(operations.searchMessages, async ({ c, caller, query }) => {
    const { q, room_id: roomId } = query
    const page = await searchMessages(caller, { q, roomId }, query)
    return { status: 200, body: linkResults(c, query, page) }
  })
}
