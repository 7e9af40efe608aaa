import * as z from 'zod'
import { bio, displayName, queryId, text } from '../../../src/protocol/fields.ts'
import type { FieldError } from '../../../src/protocol/errors.ts'
import { parse } from '../../../src/protocol/parse.ts'
import { actOnUser, type UserAction, userAction } from '../../../src/core/admin/act-on-user.ts'
import { listAudit } from '../../../src/core/admin/audit-log.ts'
import { listUnfinishedErasures } from '../../../src/core/admin/erase-user.ts'
import { listCases } from '../../../src/core/admin/reports.ts'
import {
  editUser,
  endSessionOf,
  getSessionOf,
  roomsOf,
  sessionsOf,
} from '../../../src/core/admin/user-details.ts'
import { getUser, listUsersForAdmin } from '../../../src/core/admin/users.ts'
import { ChatError, noSuchSession, noSuchUser } from '../../../src/core/errors.ts'
import { linkList } from '../../http/links.ts'
import { readPageRequest, readQuery, type RequestContext } from '../../http/request.ts'
import type { AdminRuntime } from '../../runtime.ts'
import { html } from '../html.ts'
import type { Pages } from '../pages.ts'
import { userQuery, usersQuery } from '../query.ts'
import { confirmPage, howLong, needsReason } from '../views/confirm.ts'
import { unfinishedErasures } from '../views/erase-user.ts'
import { withExport } from '../views/export-part.ts'
import { editUserPage, endSessionPage } from '../views/user-edit.ts'
import { adminUserPage } from '../views/user.ts'
import { noRows, readFilter } from '../read-filter.ts'
import { readSelection } from '../selection.ts'
import { usersPage } from '../views/users.ts'

/** How many entries of the audit log a user's page shows. */
const entriesShown = 10

const reasonMaxCodePoints = 500
const noHours = z
  .undefined()
  .optional()
  .transform(() => null)
const optionalReason = { reason: text(0, reasonMaxCodePoints) }

const profile = z.strictObject({
  display_name: z
    .string()
    .transform((value) => (value.trim() === '' ? null : value))
    .pipe(displayName.nullable()),
  bio,
  ...optionalReason,
})

export function userPages(pages: Pages, runtime: AdminRuntime): void {
  const { db } = runtime

  pages.get('/admin/users', async (c, admin) => {
    const { query, errors, typed } = readFilter(c, usersQuery, ['search'])
    const { search } = query
    const selection = readSelection(c, admin, query.select)
    if (errors.length > 0) return usersPage(noRows, typed['search'], selection, errors)
    const request = readPageRequest(c, query, search === undefined ? {} : { search })
    const [found, unfinished] = await Promise.all([
      listUsersForAdmin(db, search, request),
      listUnfinishedErasures(db),
    ])
    const list = linkList(request, found)
    const page = withExport(usersPage(list, search, selection), list, request)
    return { ...page, body: html`${unfinishedErasures(unfinished)}${page.body}` }
  })

  pages.get('/admin/users/:id', async (c) => {
    const { done } = readQuery(c, userQuery)
    const subjectId = readUserId(c)
    const user = await getUser(db, subjectId)
    const first = { limit: entriesShown }
    const [sessions, rooms, reports, entries] = await Promise.all([
      sessionsOf(db, subjectId),
      roomsOf(db, subjectId),
      listCases(db, { isOpen: true, about: undefined, subjectId }, first),
      listAudit(db, { subjectId }, first),
    ])
    return adminUserPage(
      user,
      { sessions, rooms, reports: reports.results, entries: entries.results },
      done,
    )
  })

  pages.get('/admin/users/:id/edit', async (c, admin) =>
    editUserPage(await getUser(db, readUserId(c)), admin),
  )

  pages.post('/admin/users/:id/edit', async (c, admin, form) => {
    const user = await getUser(db, readUserId(c))
    const given = parse(profile, form)
    if (!given.ok) return editUserPage(user, admin, { draft: form, errors: given.errors })
    const { reason, ...changed } = given.value
    await editUser(db, admin, user.id, changed, reason)
    return `/admin/users/${user.id}/?done=edit_user`
  })

  pages.get('/admin/users/:id/sessions/:session', async (c, admin) => {
    const user = await getUser(db, readUserId(c))
    return endSessionPage(user, await getSessionOf(db, user.id, readSessionId(c)), admin)
  })

  pages.post('/admin/users/:id/sessions/:session', async (c, admin, form) => {
    const user = await getUser(db, readUserId(c))
    const session = await getSessionOf(db, user.id, readSessionId(c))
    const given = parse(z.strictObject(optionalReason), form)
    if (!given.ok)
      return endSessionPage(user, session, admin, { draft: form, errors: given.errors })
    await endSessionOf(runtime, admin, user.id, session.id, given.value.reason)
    return `/admin/users/${user.id}/?done=end_session`
  })

  pages.get('/admin/users/:id/:action', async (c, admin) => {
    return confirmPage(await getUser(db, readUserId(c)), readAction(c), admin)
  })

  pages.post('/admin/users/:id/:action', async (c, admin, form) => {
    const userId = readUserId(c)
    const action = readAction(c)
    const askAgain = async (errors: readonly FieldError[]) =>
      confirmPage(await getUser(db, userId), action, admin, { draft: form, errors })
    const reason = text(needsReason(action) ? 1 : 0, reasonMaxCodePoints)
    const given = parse(
      z.strictObject({ reason, hours: action === 'suspend' ? howLong : noHours }),
      form,
    )
    if (!given.ok) return await askAgain(given.errors)
    const { reason: why, hours } = given.value
    await actOnUser(runtime, admin, userId, action, why, hours)
    return `/admin/users/${userId}/?done=${action}`
  })
}

export function readUserId(c: RequestContext): number {
  const id = queryId.safeParse(c.req.param('id'))
  if (!id.success) throw noSuchUser()
  return id.data
}

function readSessionId(c: RequestContext): number {
  const id = queryId.safeParse(c.req.param('session'))
  if (!id.success) throw noSuchSession()
  return id.data
}

function readAction(c: RequestContext): UserAction {
  const action = userAction.safeParse(c.req.param('action'))
  if (!action.success) throw new ChatError('not_found', 'this page does not exist')
  return action.data
}
