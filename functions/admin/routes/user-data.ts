import * as z from 'zod'
import { writeExportCursor } from '../../../src/protocol/exports.ts'
import { text } from '../../../src/protocol/fields.ts'
import { parse } from '../../../src/protocol/parse.ts'
import {
  continueErasureOf,
  eraseUser,
  getErasure,
  listForErasure,
} from '../../../src/core/admin/erase-user.ts'
import { exportOpenUntil, openExport, readExportFile } from '../../../src/core/admin/export-user.ts'
import { makeLinkFor } from '../../../src/core/admin/password-links.ts'
import { getUser, type ShownUser } from '../../../src/core/admin/users.ts'
import { ChatError } from '../../../src/core/errors.ts'
import { readQuery } from '../../http/request.ts'
import type { AdminRuntime } from '../../runtime.ts'
import type { Form } from '../form.ts'
import type { Pages, Viewing } from '../pages.ts'
import { exportFileQuery } from '../query.ts'
import { askErasePage, erasurePage } from '../views/erase-user.ts'
import { askExportPage, exportFilePage } from '../views/export-user.ts'
import { askLinkPage, linkPage } from '../views/password-link.ts'
import type { Again } from '../views/room-form.ts'
import { readUserId } from './users.ts'

const reasonMaxCodePoints = 500
const optionalReason = z.strictObject({ reason: text(0, reasonMaxCodePoints) })
const reasonNeeded = z.strictObject({ reason: text(1, reasonMaxCodePoints) })

/** The pages for a user's password link, data export and erasure. */
export function userDataPages(pages: Pages, runtime: AdminRuntime): void {
  const { db } = runtime

  pages.get('/admin/users/:id/password-link', async (c, admin) =>
    askLinkPage(await getUser(db, readUserId(c)), admin),
  )

  pages.post('/admin/users/:id/password-link', async (c, admin, form) => {
    const user = await getUser(db, readUserId(c))
    const given = parse(optionalReason, form)
    if (!given.ok) return askLinkPage(user, admin, { draft: form, errors: given.errors })
    const { token, expiresAt } = await makeLinkFor(db, admin, user.id, given.value.reason)
    return linkPage(user, `${runtime.chatUrl()}/password#${token}`, expiresAt)
  })

  pages.get('/admin/users/:id/export', async (c, admin) => {
    const { cursor, part } = readQuery(c, exportFileQuery)
    const user = await getUser(db, readUserId(c))
    const until = await exportOpenUntil(db, admin, user.id)
    if (!until) return askExportPage(user, admin)
    const file = await readExportFile(db, admin, user.id, cursor)
    return exportFilePage(user, {
      file,
      part,
      until,
      here: cursor && writeExportCursor(cursor),
      next: file.next && writeExportCursor(file.next),
    })
  })

  pages.post('/admin/users/:id/export', async (c, admin, form) => {
    const user = await getUser(db, readUserId(c))
    const given = parse(reasonNeeded, form)
    if (!given.ok) return askExportPage(user, admin, { draft: form, errors: given.errors })
    await openExport(runtime, admin, user.id, given.value.reason)
    return `/admin/users/${user.id}/export/`
  })

  pages.file('/admin/users/:id/export/file', async (c, admin) => {
    const { cursor, part } = readQuery(c, exportFileQuery)
    const user = await getUser(db, readUserId(c))
    const { rows, next } = await readExportFile(db, admin, user.id, cursor)
    const messages = rows.messages?.toSorted((a, b) => a.room_id - b.room_id || a.seq - b.seq)
    return {
      name: `user-${user.id}-part-${part}.json`,
      type: 'application/json',
      body: JSON.stringify({
        part,
        is_last: next === null,
        ...rows,
        ...(messages && { messages }),
      }),
    }
  })

  const askErase = async (user: ShownUser, admin: Viewing, again?: Again) =>
    askErasePage(user, await listForErasure(db, user.id), admin, again)

  pages.get('/admin/users/:id/erase', async (c, admin) => {
    const userId = readUserId(c)
    let user: ShownUser
    try {
      user = await getUser(db, userId)
    } catch (error) {
      // Only the record of the erasure is left of an erased user.
      if (!(error instanceof ChatError) || error.code !== 'not_found') throw error
      return erasurePage(await getErasure(db, userId), admin)
    }
    return await askErase(user, admin)
  })

  pages.post('/admin/users/:id/erase', async (c, admin, form) => {
    const user = await getUser(db, readUserId(c))
    const given = readErasure(user, form)
    if (!given.ok) return await askErase(user, admin, { draft: form, errors: given.errors })
    await eraseUser(runtime, admin, user.id, given.value.reason)
    return `/admin/users/${user.id}/erase/`
  })

  pages.post('/admin/users/:id/erase/continue', async (c) => {
    const userId = readUserId(c)
    await continueErasureOf(runtime, userId)
    return `/admin/users/${userId}/erase/`
  })
}

/** The admin types the username, so that nobody erases the wrong user. */
function readErasure({ username }: ShownUser, form: Form) {
  const name = z
    .string()
    .trim()
    .refine((given) => given === username, `must be ${username}, as it is written here`)
  return parse(optionalReason.extend({ name }), form)
}
