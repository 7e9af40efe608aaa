import * as operations from '../../../src/protocol/operations/reports.ts'
import { reportMessage, reportUser } from '../../../src/core/reports/report.ts'
import type { Runtime } from '../../runtime.ts'
import type { OnOperation } from '../on-operation.ts'

export function reportRoutes(on: OnOperation, { db }: Pick<Runtime, 'db'>): void {
  on(operations.reportMessage, async ({ caller, params, body }) => {
    const { report, isNew } = await reportMessage(db, caller, params, body)
    return { status: isNew ? 201 : 200, body: report }
  })
  on(operations.reportUser, async ({ caller, params, body }) => {
    const { report, isNew } = await reportUser(db, caller, params.username, body)
    return { status: isNew ? 201 : 200, body: report }
  })
}
