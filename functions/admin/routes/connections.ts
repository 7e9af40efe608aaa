import * as z from 'zod'
import { text } from '../../../src/protocol/fields.ts'
import { parse } from '../../../src/protocol/parse.ts'
import { findUserByName } from '../../../src/core/names/find-user.ts'
import {
  closeConnection,
  getConnection,
  listConnections,
} from '../../../src/core/admin/connections.ts'
import { linkList } from '../../http/links.ts'
import { readPageRequest, readQuery } from '../../http/request.ts'
import type { AdminRuntime } from '../../runtime.ts'
import type { Pages } from '../pages.ts'
import { noRows, readFilter } from '../read-filter.ts'
import { readSelection } from '../selection.ts'
import { connectionId, connectionQuery, connectionsQuery } from '../query.ts'
import { closePage, connectionsPage } from '../views/connections.ts'
import { withExport } from '../views/export-part.ts'

const closeForm = z.strictObject({ id: connectionId, reason: text(0, 500) })

export function connectionPages(pages: Pages, runtime: AdminRuntime): void {
  const { db } = runtime

  pages.get('/admin/connections', async (c, admin) => {
    const read = readFilter(c, connectionsQuery, ['user'])
    const { done, user, select, ...query } = read.query
    const selection = readSelection(c, admin, select)
    const isClosed = done === 'close'
    if (read.errors.length > 0) {
      return connectionsPage(
        noRows,
        { user: read.typed['user'], isClosed, errors: read.errors },
        selection,
      )
    }
    const found = user === undefined ? undefined : await findUserByName(db, user)
    if (user !== undefined && !found) {
      const errors = [{ field: 'user', message: 'is not a username: check the spelling' }]
      return connectionsPage(noRows, { user, isClosed, errors }, selection)
    }
    const request = readPageRequest(c, query, user === undefined ? {} : { user })
    const list = linkList(request, await listConnections(db, found?.id, request))
    return withExport(connectionsPage(list, { user, isClosed }, selection), list, request)
  })

  pages.get('/admin/connections/close', async (c, admin) => {
    const { id } = readQuery(c, connectionQuery)
    return closePage(await getConnection(db, id), admin, { draft: {}, errors: [] })
  })

  pages.post('/admin/connections/close', async (_c, admin, form) => {
    const given = parse(closeForm, form)
    if (!given.ok) {
      const connection = await getConnection(db, form['id'] ?? '')
      return closePage(connection, admin, { draft: form, errors: given.errors })
    }
    await closeConnection(runtime, admin, given.value.id, given.value.reason)
    return '/admin/connections/?done=close'
  })
}
