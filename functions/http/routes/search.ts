import * as operations from '../../../src/protocol/operations/search.ts'
import { createMessageSearch } from '../../../src/core/search/search-messages.ts'
import type { ApiRuntime } from '../../runtime.ts'
import type { OnOperation } from '../on-operation.ts'
import { readPageRequest } from '../request.ts'

export function searchRoutes(on: OnOperation, runtime: ApiRuntime): void {
  const searchMessages = createMessageSearch(runtime)
  on(operations.searchMessages, async ({ c, caller, query }) => {
    const { q, room_id: roomId } = query
    const others = { q, ...(roomId !== undefined && { room_id: String(roomId) }) }
    const request = readPageRequest(c, query, others)
    return { status: 200, body: await searchMessages(caller, { q, roomId }, request) }
  })
}
