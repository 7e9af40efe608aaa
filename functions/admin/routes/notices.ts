import { randomBytes } from 'node:crypto'
import * as z from 'zod'
import { username } from '../../../src/protocol/accounts.ts'
import type { FieldError } from '../../../src/protocol/errors.ts'
import { queryId } from '../../../src/protocol/fields.ts'
import { noticeText } from '../../../src/protocol/notifications.ts'
import { parse } from '../../../src/protocol/parse.ts'
import { findUserByName } from '../../../src/core/names/find-user.ts'
import {
  continueNotice,
  countUsers,
  listNotices,
  sendNotice,
} from '../../../src/core/admin/notices.ts'
import type { Db } from '../../../src/core/database/database.ts'
import { ChatError } from '../../../src/core/errors.ts'
import { linkList } from '../../http/links.ts'
import { readPageRequest, readQuery } from '../../http/request.ts'
import type { AdminRuntime } from '../../runtime.ts'
import type { Form } from '../form.ts'
import type { AdminPage } from '../layout.ts'
import type { Pages, Viewing } from '../pages.ts'
import { noticesQuery } from '../query.ts'
import { withExport } from '../views/export-part.ts'
import { noticePreview } from '../views/notice-preview.ts'
import { noticesPage } from '../views/notices.ts'

export function noticePages(pages: Pages, runtime: AdminRuntime): void {
  const { db } = runtime

  pages.get('/admin/notices', async (c, admin) => {
    const { done, to, ...paging } = readQuery(c, noticesQuery)
    const request = readPageRequest(c, paging)
    const list = linkList(request, await listNotices(db, request))
    const draft: Form = to === undefined ? {} : { to: 'one', username: to }
    return withExport(noticesPage(list, admin, { isSent: done === 'sent', draft }), list, request)
  })

  /** The form again, with its values. */
  async function askAgain(
    admin: Viewing,
    draft: Form,
    errors: FieldError[] = [],
  ): Promise<AdminPage> {
    const first = { path: '/admin/notices/', query: {}, limit: 25 }
    return noticesPage(linkList(first, await listNotices(db, first)), admin, { draft, errors })
  }

  pages.post('/admin/notices/preview', async (_c, admin, form) => {
    const read = await readNotice(db, form)
    if ('errors' in read) return await askAgain(admin, form, read.errors)
    const reach = read.subjectId === null ? await countUsers(db) : 1
    const formKey = randomBytes(16).toString('base64url')
    return noticePreview({ ...read, reach, formKey }, admin)
  })

  pages.post('/admin/notices', async (_c, admin, form) => {
    const { key, do: what, ...draft } = form
    if (what === 'change') return await askAgain(admin, draft)
    const formKey = z
      .string()
      .regex(/^[A-Za-z0-9_-]{22}$/)
      .safeParse(key)
    if (!formKey.success) throw new ChatError('bad_request', 'open the preview of the notice first')
    const read = await readNotice(db, draft)
    if ('errors' in read) return await askAgain(admin, draft, read.errors)
    await sendNotice(runtime, admin, { ...read, formKey: formKey.data })
    return '/admin/notices/?done=sent'
  })

  pages.post('/admin/notices/:id/continue', async (c) => {
    const id = queryId.safeParse(c.req.param('id'))
    if (!id.success) throw new ChatError('not_found', 'no such notice')
    await continueNotice(runtime, id.data)
    return '/admin/notices/'
  })
}

const draftForm = z.strictObject({
  to: z.enum(['one', 'all']),
  username: z.string().trim().default(''),
  text: noticeText,
})

interface ReadNotice {
  readonly text: string
  /** null for everybody. */
  readonly subjectId: number | null
  readonly username: string
}

/** Returns the recipients and the text of a notice, or its errors. */
async function readNotice(
  db: Db,
  form: Form,
): Promise<ReadNotice | { readonly errors: FieldError[] }> {
  const given = parse(draftForm, form)
  if (!given.ok) return given
  const { to, text } = given.value
  if (to === 'all') return { text, subjectId: null, username: '' }
  const name = username.safeParse(given.value.username)
  const user = name.success ? await findUserByName(db, name.data) : undefined
  if (!user)
    return { errors: [{ field: 'username', message: 'is not a username: check the spelling' }] }
  return { text, subjectId: user.id, username: user.username }
}
