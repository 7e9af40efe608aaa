import * as z from 'zod'
import { queryId, text } from '../../../src/protocol/fields.ts'
import { parse } from '../../../src/protocol/parse.ts'
import { actOnUser, type UserAction, userAction } from '../../../src/core/admin/act-on-user.ts'
import { listAudit } from '../../../src/core/admin/audit-log.ts'
import { getUser, listUsers } from '../../../src/core/admin/users.ts'
import { ChatError, noSuchUser } from '../../../src/core/errors.ts'
import { readPageRequest, readQuery, type Request } from '../../http/request.ts'
import type { AdminRuntime } from '../../runtime.ts'
import type { Pages } from '../pages.ts'
import { userQuery, usersQuery } from '../query.ts'
import { confirmPage, needsReason } from '../views/confirm.ts'
import { userPage } from '../views/user.ts'
import { usersPage } from '../views/users.ts'

/** So many entries of the audit log are shown with a user. */
const entriesShown = 10

const reasonMaxCodePoints = 500

export function userPages(pages: Pages, runtime: AdminRuntime): void {
  const { db } = runtime

  pages.get('/admin/users', async (c) => {
    const query = readQuery(c, usersQuery)
    const { search } = query
    const request = readPageRequest(c, query, search === undefined ? {} : { search })
    return usersPage(await listUsers(db, search, request), search)
  })

  pages.get('/admin/users/:id', async (c) => {
    const { done } = readQuery(c, userQuery)
    const subjectId = readUserId(c)
    const user = await getUser(db, subjectId)
    const first = { path: '', query: {}, limit: entriesShown, cursor: undefined }
    const { results } = await listAudit(db, { subjectId }, first)
    return userPage(user, results, done)
  })

  pages.get('/admin/users/:id/:action', async (c, admin) => {
    return confirmPage(await getUser(db, readUserId(c)), readAction(c), admin)
  })

  pages.post('/admin/users/:id/:action', async (c, admin, form) => {
    const userId = readUserId(c)
    const action = readAction(c)
    const reason = text(needsReason(action) ? 1 : 0, reasonMaxCodePoints)
    const given = parse(z.strictObject({ reason }), form)
    if (!given.ok) {
      const again = { reason: form['reason'], errors: given.errors }
      return confirmPage(await getUser(db, userId), action, admin, again)
    }
    await actOnUser(runtime, admin, userId, action, given.value.reason)
    return `/admin/users/${userId}/?done=${action}`
  })
}

function readUserId(c: Request): number {
  const id = queryId.safeParse(c.req.param('id'))
  if (!id.success) throw noSuchUser()
  return id.data
}

function readAction(c: Request): UserAction {
  const action = userAction.safeParse(c.req.param('action'))
  if (!action.success) throw new ChatError('not_found', 'there is no such page')
  return action.data
}
