import { randomBytes } from 'node:crypto'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { readHost, type RequestContext } from '../http/request.ts'

/**
 * `session` holds the token of the signed-in admin. `form` is for the sign-in form, which needs a value to make its CSRF
 * token from. It is a separate cookie: after a link from another site the browser does not send the session cookie, and
 * that cookie must not be overwritten then.
 */
const names = { session: 'quick_connect_admin', form: 'quick_connect_admin_form' }
type Cookie = keyof typeof names

const format = /^[A-Za-z0-9_-]{43}$/

export function readToken(c: RequestContext, cookie: Cookie): string | undefined {
  const value = getCookie(c, names[cookie])
  return value !== undefined && format.test(value) ? value : undefined
}

export function keepToken(c: RequestContext, cookie: Cookie, token: string): void {
  setCookie(c, names[cookie], token, optionsOf(c))
}

/** Returns the value of the present cookie, or sets a new one. */
export function keepFormToken(c: RequestContext): string {
  const token = readToken(c, 'form') ?? randomBytes(32).toString('base64url')
  keepToken(c, 'form', token)
  return token
}

export function dropToken(c: RequestContext, cookie: Cookie): void {
  deleteCookie(c, names[cookie], optionsOf(c))
}

/** Plain HTTP is used only on the machine itself. */
function optionsOf(c: RequestContext) {
  const isLocal = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(readHost(c) ?? '')
  return { path: '/admin', httpOnly: true, sameSite: 'Strict', secure: !isLocal } as const
}
