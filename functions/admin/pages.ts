import type { Hono } from 'hono'
import { findAdmin } from '../../src/core/admin/session.ts'
import { ChatError } from '../../src/core/errors.ts'
import { type Env, readAddress, readHost, type RequestContext } from '../http/request.ts'
import type { AdminRuntime } from '../runtime.ts'
import { readToken } from './cookies.ts'
import { csrfTokenOf, isCsrfToken } from './csrf.ts'
import { respondWithError } from './error-page.ts'
import { type Form, readForm } from './form.ts'
import { askBefore, readConfirmed } from './fresh-password.ts'
import { adminLayout, type AdminPage } from './layout.ts'
import type { Viewing } from './viewing.ts'

export type { Viewing } from './viewing.ts'

export interface DownloadedFile {
  /** Only letters, digits, dots and hyphens. */
  readonly name: string
  readonly type: string
  readonly body: string
}

export interface Pages {
  /** Registers a page for admins. */
  get(path: string, render: (c: RequestContext, admin: Viewing) => Promise<AdminPage>): void
  /** Registers a file for download. The handler returns the file, or the path of a page to go to instead. */
  file(
    path: string,
    read: (c: RequestContext, admin: Viewing) => Promise<DownloadedFile | string>,
  ): void
  /** Registers a form of an admin. The handler returns the path of the next page, or a page. */
  post(
    path: string,
    act: (c: RequestContext, admin: Viewing, form: Form) => Promise<string | AdminPage>,
  ): void
}

/** Registers pages, files and forms for admins. All others, and former admins, are redirected to the sign-in page. */
export function createPages(app: Hono<Env>, runtime: AdminRuntime): Pages {
  /** An admin who is signed in keeps the navigation on an error page. */
  async function asAdmin(
    c: RequestContext,
    serve: (admin: Viewing) => Promise<Response>,
  ): Promise<Response> {
    const token = readToken(c, 'session')
    const admin = token === undefined ? undefined : await findAdmin(runtime.db, token)
    if (token === undefined || !admin) return c.redirect('/admin/sign-in/', 303)
    if (runtime.adminTotp === 'required' && !admin.hasSecondFactor && !isSetUp(c)) {
      return c.redirect(setUpPath, 303)
    }
    const viewing = { ...admin, address: readAddress(c), csrf: csrfTokenOf(token) }
    try {
      return await serve(viewing)
    } catch (error) {
      if (error instanceof ChatError && error.code === 'session_revoked') {
        return c.redirect('/admin/sign-in/', 303)
      }
      return respondWithError(c, runtime, error, viewing)
    }
  }
  return {
    get(path, render) {
      app.get(path, (c) =>
        asAdmin(c, async (admin) => {
          const page = askBefore(c, path, admin) ?? (await render(c, admin))
          return c.html(adminLayout(page, admin), page.status ?? 200)
        }),
      )
    },
    file(path, read) {
      app.get(path, (c) =>
        asAdmin(c, async (admin) => {
          const asked = askBefore(c, path, admin)
          if (asked) return c.html(adminLayout(asked, admin))
          const given = await read(c, admin)
          if (typeof given === 'string') return c.redirect(given, 303)
          const { name, type, body } = given
          return c.body(body, 200, {
            'Content-Type': `${type}; charset=utf-8`,
            'Content-Disposition': `attachment; filename="${name}"`,
          })
        }),
      )
    },
    post(path, act) {
      app.post(path, async (c) => {
        checkOrigin(c)
        return await asAdmin(c, async (admin) => {
          const form = await readCheckedForm(c, readToken(c, 'session'))
          const confirmed = await readConfirmed(c, runtime, path, admin, form)
          const next = 'page' in confirmed ? confirmed.page : await act(c, admin, confirmed.form)
          if (typeof next === 'string') return c.redirect(next, 303)
          return c.html(adminLayout(next, admin), next.status ?? 200)
        })
      })
    },
  }
}

/** [A8] The page where an admin sets up a second factor. */
export const setUpPath = '/admin/second-factor/'

function isSetUp(c: RequestContext): boolean {
  return `${c.req.path}/`.startsWith(setUpPath)
}

/** Whether a form comes from this host. Every browser sends the origin of a form. */
export function checkOrigin(c: RequestContext): void {
  const origin = c.req.header('origin') ?? ''
  if (!URL.canParse(origin) || new URL(origin).host !== readHost(c)) throw notFromHere()
}

/** Returns the fields of a form without its CSRF token. Throws when the token does not match `cookie`. */
export async function readCheckedForm(
  c: RequestContext,
  cookie: string | undefined,
): Promise<Form> {
  const { csrf, ...form } = await readForm(c)
  if (cookie === undefined || !isCsrfToken(csrf, cookie)) throw notFromHere()
  return form
}

function notFromHere(): ChatError {
  return new ChatError(
    'forbidden',
    'this form is not from these pages, or is too old: allow cookies, open its page again, and send it again',
  )
}
