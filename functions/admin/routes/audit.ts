import type * as z from 'zod'
import type { FieldError } from '../../../src/protocol/errors.ts'
import { findAccount } from '../../../src/core/accounts/create-admin.ts'
import { type AuditFilter, listAudit } from '../../../src/core/admin/audit-log.ts'
import type { Db } from '../../../src/core/database/database.ts'
import { linkList } from '../../http/links.ts'
import { readPageRequest } from '../../http/request.ts'
import type { AdminRuntime } from '../../runtime.ts'
import type { Pages } from '../pages.ts'
import { noRows, readFilter } from '../read-filter.ts'
import { auditQuery, given } from '../query.ts'
import { auditPage } from '../views/audit.ts'
import { withExport } from '../views/export-part.ts'

type Query = Omit<z.infer<typeof auditQuery>, 'limit' | 'cursor'>

export function auditPages(pages: Pages, { db }: AdminRuntime): void {
  pages.get('/admin/audit', async (c) => {
    const read = readFilter(c, auditQuery, ['by', 'about', 'from', 'to'])
    const { limit, cursor, ...query } = read.query
    const { filter, errors } = await readAuditFilter(db, query)
    const wrong = [...read.errors, ...errors]
    if (wrong.length > 0) return auditPage(noRows, { ...query, ...read.typed }, wrong)
    const request = readPageRequest(c, { limit, cursor }, given(query))
    const list = linkList(request, await listAudit(db, filter, request))
    return withExport(auditPage(list, query), list, request)
  })
}

/** Returns the filter with the ids of its users, or the errors of their names. */
export async function readAuditFilter(
  db: Db,
  query: Query,
): Promise<{ readonly filter: AuditFilter; readonly errors: readonly FieldError[] }> {
  const errors: FieldError[] = []
  const idOf = async (field: 'by' | 'about') => {
    const name = query[field]
    if (name === undefined) return undefined
    const user = await findAccount(db, name)
    if (!user) errors.push({ field, message: 'is not a username: check the spelling' })
    return user?.id
  }
  const { action, from, to } = query
  const filter = { action, from, to, actorId: await idOf('by'), subjectId: await idOf('about') }
  return { filter, errors }
}
