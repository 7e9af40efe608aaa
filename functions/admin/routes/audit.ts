import type * as z from 'zod'
import type { FieldError } from '../../../src/protocol/errors.ts'
import { findAccount } from '../../../src/core/accounts/create-admin.ts'
import { type AuditFilter, listAudit } from '../../../src/core/admin/audit-log.ts'
import { exportAudit } from '../../../src/core/admin/export-audit.ts'
import { ValidationError } from '../../../src/core/errors.ts'
import { readPageRequest, readQuery } from '../../http/request.ts'
import type { AdminRuntime } from '../../runtime.ts'
import type { Pages } from '../pages.ts'
import { auditExportQuery, auditQuery } from '../query.ts'
import { auditPage } from '../views/audit.ts'

type Query = z.infer<typeof auditExportQuery>

export function auditPages(pages: Pages, { db }: AdminRuntime): void {
  pages.get('/admin/audit', async (c) => {
    const { limit, cursor, ...query } = readQuery(c, auditQuery)
    const { filter, errors } = await readFilter(query)
    if (errors.length > 0) {
      return auditPage({ results: [], next: null, previous: null }, query, errors)
    }
    const request = readPageRequest(c, { limit, cursor }, given(query))
    return auditPage(await listAudit(db, filter, request), query)
  })

  pages.file('/admin/audit/export', async (c) => {
    const { filter, errors } = await readFilter(readQuery(c, auditExportQuery))
    if (errors.length > 0) throw new ValidationError([...errors])
    const { csv, isWhole } = await exportAudit(db, filter)
    return { name: isWhole ? 'audit-log.csv' : 'audit-log-newest.csv', type: 'text/csv', body: csv }
  })

  async function readFilter(
    query: Query,
  ): Promise<{ readonly filter: AuditFilter; readonly errors: readonly FieldError[] }> {
    const errors: FieldError[] = []
    const idOf = async (field: 'by' | 'about') => {
      const name = query[field]
      if (name === undefined) return undefined
      const user = await findAccount(db, name)
      if (!user) errors.push({ field, message: 'is not the name of a user' })
      return user?.id
    }
    const { action, from, to } = query
    const filter = { action, from, to, actorId: await idOf('by'), subjectId: await idOf('about') }
    return { filter, errors }
  }
}

/** What the address of a page says of the filter. */
function given(query: Query): Record<string, string> {
  return Object.fromEntries(
    Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}
