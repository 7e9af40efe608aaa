/** Sensitive actions (sensitive.ts) need a password that was given within the last 15 minutes. */
import { confirmAdmin } from '../../src/core/admin/session.ts'
import { givenPassword } from '../../src/protocol/passwords.ts'
import { chargeAddress } from '../http/limited.ts'
import type { RequestContext } from '../http/request.ts'
import type { AdminRuntime } from '../runtime.ts'
import type { Form } from './form.ts'
import type { AdminPage } from './layout.ts'
import type { Viewing } from './viewing.ts'
import { isSensitive } from './sensitive.ts'
import { passwordFieldName, passwordPage } from './views/password.ts'

/** The path that receives a password that is asked for before a page is shown. */
export const passwordPath = '/admin/password/'

/** Returns the page that asks for the password before a page is shown, or undefined when no password is needed. */
export function askBefore(c: RequestContext, path: string, admin: Viewing): AdminPage | undefined {
  if (admin.isPasswordFresh || !isSensitive('GET', path, c.req.param('action'))) return undefined
  const { search } = new URL(c.req.url)
  return passwordPage(admin, passwordPath, { next: ownPath(c) + search })
}

/**
 * Returns the fields of a form without the admin's password, or the page that asks for the password. That page keeps the
 * fields.
 */
export async function readConfirmed(
  c: RequestContext,
  runtime: AdminRuntime,
  path: string,
  admin: Viewing,
  form: Form,
): Promise<{ readonly form: Form } | { readonly page: AdminPage }> {
  if (!isSensitive('POST', path, c.req.param('action'))) return { form }
  const { [passwordFieldName]: password, ...kept } = form
  if (admin.isPasswordFresh) return { form: kept }
  const sentTo = ownPath(c)
  if (password === undefined) return { page: passwordPage(admin, sentTo, kept) }
  if (await isRight(c, runtime, admin, password)) return { form: kept }
  return { page: passwordPage(admin, sentTo, kept, wrongPasswordFault) }
}

/** Returns the path of the request with its trailing slash, as in the links of these pages. */
function ownPath(c: RequestContext): string {
  return `${c.req.path.replace(/\/$/, '')}/`
}

export const wrongPasswordFault = [{ field: passwordFieldName, message: 'is wrong' }]

/** Whether the password is the admin's. If so, no page asks for it again for 15 minutes. */
export async function isRight(
  c: RequestContext,
  runtime: AdminRuntime,
  admin: Viewing,
  password = '',
): Promise<boolean> {
  await chargeAddress(c, runtime, 'sign-in')
  const given = givenPassword.safeParse(password)
  return given.success && (await confirmAdmin(runtime, admin, given.data))
}
