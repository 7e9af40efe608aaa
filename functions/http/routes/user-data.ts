import * as operations from '../../../src/protocol/operations/user-data.ts'
import { exportOwnData } from '../../../src/core/accounts/export-user.ts'
import { usePasswordLink } from '../../../src/core/accounts/password-link.ts'
import type { ApiRuntime } from '../../runtime.ts'
import type { OnOperation } from '../on-operation.ts'

export function userDataRoutes(on: OnOperation, runtime: ApiRuntime): void {
  on(operations.usePasswordLink, async ({ body }) => {
    return { status: 200, body: await usePasswordLink(runtime, body) }
  })
  on(operations.exportData, async ({ c, caller, query }) => {
    const path = c.req.path.endsWith('/') ? c.req.path : `${c.req.path}/`
    return { status: 200, body: await exportOwnData(runtime.db, caller.userId, path, query.cursor) }
  })
}
