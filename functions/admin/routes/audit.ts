import { listAudit } from '../../../src/core/admin/audit-log.ts'
import { readPageRequest, readQuery } from '../../http/request.ts'
import type { AdminRuntime } from '../../runtime.ts'
import type { Pages } from '../pages.ts'
import { auditQuery } from '../query.ts'
import { auditPage } from '../views/audit.ts'

export function auditPages(pages: Pages, { db }: AdminRuntime): void {
  pages.get('/admin/audit', async (c) => {
    const query = readQuery(c, auditQuery)
    const { action } = query
    const request = readPageRequest(c, query, action === undefined ? {} : { action })
    return auditPage(await listAudit(db, { action }, request), action)
  })
}
