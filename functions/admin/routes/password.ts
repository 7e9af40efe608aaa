import * as z from 'zod'
import { parse } from '../../../src/protocol/parse.ts'
import type { AdminRuntime } from '../../runtime.ts'
import { isRight, passwordPath, wrongPasswordFault } from '../fresh-password.ts'
import type { Pages } from '../pages.ts'
import { passwordFieldName, passwordPage } from '../views/password.ts'

/** Only paths of the admin's pages are allowed here. */
const nextForm = z.strictObject({
  next: z.string().regex(/^\/admin\/[\w/?=&%.-]*$/),
  [passwordFieldName]: z.string().optional(),
})

/** Receives the password that was asked for before a page, and redirects to that page. */
export function passwordRoute(pages: Pages, runtime: AdminRuntime): void {
  pages.post('/admin/password', async (c, admin, form) => {
    const given = parse(nextForm, form)
    if (!given.ok) return '/admin/'
    const { next, [passwordFieldName]: password } = given.value
    if (await isRight(c, runtime, admin, password)) return next
    return passwordPage(admin, passwordPath, { next }, wrongPasswordFault)
  })
}
