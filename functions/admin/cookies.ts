import { randomBytes } from 'node:crypto'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { readHost, type RequestContext } from '../http/request.ts'

/**
 * `session` holds the token of who is signed in. `form` is for the form to sign in, which needs something
 * to make its CSRF token from: a cookie of its own, since whoever comes by a link from elsewhere shows no
 * session, which is not to be overwritten then.
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

/** The one there is, or else a new one. */
export function keepFormToken(c: RequestContext): string {
  const token = readToken(c, 'form') ?? randomBytes(32).toString('base64url')
  keepToken(c, 'form', token)
  return token
}

export function dropToken(c: RequestContext, cookie: Cookie): void {
  deleteCookie(c, names[cookie], optionsOf(c))
}

/** Only on the machine itself is it plain HTTP. */
function optionsOf(c: RequestContext) {
  const isLocal = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(readHost(c) ?? '')
  return { path: '/admin', httpOnly: true, sameSite: 'Strict', secure: !isLocal } as const
}
