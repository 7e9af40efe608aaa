import * as operations from '../../../src/protocol/operations/user-data.ts'
import { exportUser } from '../../../src/core/accounts/export-user.ts'
import { usePasswordLink } from '../../../src/core/accounts/password-link.ts'
import type { ApiRuntime } from '../../runtime.ts'
import { linkExport } from '../links.ts'
import type { OnOperation } from '../on-operation.ts'

export function userDataRoutes(on: OnOperation, runtime: ApiRuntime): void {
  on(operations.usePasswordLink, async ({ body }) => {
    return { status: 200, body: await usePasswordLink(runtime, body) }
  })
  on(operations.exportData, async ({ c, caller, query }) => {
    const { rows, next } = await exportUser(runtime.db, caller.userId, query.cursor)
    return { status: 200, body: { ...rows, next: next && linkExport(c, next) } }
  })
}
