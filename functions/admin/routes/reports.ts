import * as z from 'zod'
import { text } from '../../../src/protocol/fields.ts'
import { parse } from '../../../src/protocol/parse.ts'
import {
  deleteReported,
  dismissCase,
  getCase,
  listCases,
  noSuchReport,
  openContext,
  readPublicContext,
  suspendReported,
} from '../../../src/core/admin/reports.ts'
import type { ReportOutcome } from '../../../src/core/database/report-outcomes.ts'
import { ChatError } from '../../../src/core/errors.ts'
import { queryId } from '../../../src/protocol/fields.ts'
import { linkList } from '../../http/links.ts'
import { readPageRequest, readQuery, type RequestContext } from '../../http/request.ts'
import type { AdminRuntime } from '../../runtime.ts'
import type { Pages, Viewing } from '../pages.ts'
import { readSelection } from '../selection.ts'
import { reportQuery, reportsQuery } from '../query.ts'
import { withExport } from '../views/export-part.ts'
import { reportPage } from '../views/report.ts'
import { reportsPage } from '../views/reports.ts'

const reasonMaxCodePoints = 500

const decision = z.enum(['dismiss', 'delete', 'suspend'])
const outcomeOf = {
  dismiss: 'dismissed',
  delete: 'deleted',
  suspend: 'suspended',
} as const satisfies Record<z.infer<typeof decision>, ReportOutcome>
const act = { dismiss: dismissCase, delete: deleteReported, suspend: suspendReported } as const

export function reportPages(pages: Pages, runtime: AdminRuntime): void {
  const { db } = runtime

  pages.get('/admin/reports', async (c, admin) => {
    const { state, about, user, select, ...paging } = readQuery(c, reportsQuery)
    const filter = { isOpen: state === 'open', about, subjectId: user }
    const request = readPageRequest(c, paging, {
      state,
      ...(about !== undefined && { about }),
      ...(user !== undefined && { user: String(user) }),
    })
    const list = linkList(request, await listCases(db, filter, request))
    return withExport(reportsPage(list, filter, readSelection(c, admin, select)), list, request)
  })

  pages.get('/admin/reports/:id', async (c, admin) => {
    const { done } = readQuery(c, reportQuery)
    const shown = await getCase(db, readId(c))
    return reportPage(shown, admin, { messages: await readPublicContext(db, shown), done })
  })

  // No link leads to the messages of a room that is closed to admins. Only this form shows them.
  pages.post('/admin/reports/:id/context', async (c, admin, form) => {
    refuseOthers(form)
    const { shown, messages } = await openContext(db, admin, readId(c))
    return reportPage(shown, admin, { messages, isOpened: true })
  })

  pages.post('/admin/reports/:id', async (c, admin: Viewing, form) => {
    const id = readId(c)
    const wanted = decision.safeParse(form['do'])
    if (!wanted.success) {
      throw new ChatError('bad_request', 'no action was chosen: go back, and choose one')
    }
    const what = wanted.data
    const fields = z.strictObject({
      do: decision,
      reason: text(what === 'suspend' ? 1 : 0, reasonMaxCodePoints),
    })
    const given = parse(fields, form)
    if (!given.ok) {
      const shown = await getCase(db, id)
      const messages = await readPublicContext(db, shown)
      const again = { reason: form['reason'] ?? '', errors: given.errors }
      return reportPage(shown, admin, { messages, ...again })
    }
    await act[what](runtime, admin, id, given.value.reason)
    return `/admin/reports/${id}/?done=${outcomeOf[what]}`
  })
}

function readId(c: RequestContext): number {
  const id = queryId.safeParse(c.req.param('id'))
  if (!id.success) throw noSuchReport()
  return id.data
}

function refuseOthers(form: Readonly<Record<string, string>>): void {
  const given = parse(z.strictObject({}), form)
  if (!given.ok)
    throw new ChatError('bad_request', 'this form is not valid: go back, and send it again')
}
