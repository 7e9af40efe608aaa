import { randomBytes } from 'node:crypto'
import * as z from 'zod'
import { announcementText, severity } from '../../../src/protocol/announcements.ts'
import type { FieldError } from '../../../src/protocol/errors.ts'
import { queryId } from '../../../src/protocol/fields.ts'
import { parse } from '../../../src/protocol/parse.ts'
import {
  createAnnouncement,
  endAnnouncement,
  listAnnouncementsForAdmin,
} from '../../../src/core/admin/announcements.ts'
import { ChatError } from '../../../src/core/errors.ts'
import { linkList } from '../../http/links.ts'
import { readPageRequest, readQuery } from '../../http/request.ts'
import type { AdminRuntime } from '../../runtime.ts'
import type { Form } from '../form.ts'
import type { Pages, Viewing } from '../pages.ts'
import { announcementsQuery } from '../query.ts'
import { announcementsPage } from '../views/announcements.ts'
import { withExport } from '../views/export-part.ts'

/** A date and a time as a browser's field sends them, in UTC. */
const time = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$/, {
    error: 'must be a date and a time, such as 2026-12-24T18:00',
    abort: true,
  })
  .transform((text) => new Date(`${text}Z`))
  .refine((at) => !Number.isNaN(at.getTime()), 'must be an existing date and time')

const form = z
  .strictObject({
    key: z.string().regex(/^[A-Za-z0-9_-]{22}$/),
    text: announcementText,
    severity,
    from: z
      .preprocess((text) => (text === '' ? undefined : text), time.optional())
      .transform((at) => at ?? null),
    until: time,
    dismissible: z.enum(['yes', 'no']),
  })
  .refine(({ until }) => until.getTime() > Date.now(), {
    path: ['until'],
    message: 'must be in the future',
  })
  .refine(({ from, until }) => from === null || from < until, {
    path: ['until'],
    message: 'must be after the beginning',
  })

const newKey = () => randomBytes(16).toString('base64url')

export function announcementPages(pages: Pages, runtime: AdminRuntime): void {
  const { db } = runtime

  pages.get('/admin/announcements', async (c, admin) => {
    const { done, ...query } = readQuery(c, announcementsQuery)
    const request = readPageRequest(c, query)
    const list = linkList(request, await listAnnouncementsForAdmin(db, request))
    return withExport(announcementsPage(list, admin, { done, formKey: newKey() }), list, request)
  })

  async function askAgain(
    admin: Viewing,
    draft: Form,
    errors: readonly FieldError[],
    conflict?: string,
  ) {
    const first = { path: '/admin/announcements/', query: {}, limit: 25 }
    const list = linkList(first, await listAnnouncementsForAdmin(db, first))
    return announcementsPage(list, admin, { formKey: newKey(), draft, errors, conflict })
  }

  pages.post('/admin/announcements', async (_c, admin, fields) => {
    const given = parse(form, fields)
    if (!given.ok) return await askAgain(admin, fields, given.errors)
    const { key: formKey, text, severity: as, from, until: endsAt, dismissible } = given.value
    try {
      await createAnnouncement(runtime, admin, {
        formKey,
        text,
        severity: as,
        isDismissible: dismissible === 'yes',
        beginsAt: from,
        endsAt,
      })
    } catch (error) {
      if (!(error instanceof ChatError) || error.code !== 'conflict') throw error
      return await askAgain(admin, fields, [], error.message)
    }
    return '/admin/announcements/?done=announce'
  })

  pages.post('/admin/announcements/:id/end', async (c, admin) => {
    const id = queryId.safeParse(c.req.param('id'))
    if (!id.success) throw new ChatError('not_found', 'no such announcement')
    await endAnnouncement(runtime, admin, id.data)
    return '/admin/announcements/?done=end'
  })
}
