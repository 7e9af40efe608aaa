import { getCookie, setCookie } from 'hono/cookie'
import type { RefreshIn, Tokens } from '../../src/protocol/accounts.ts'
import { sessionDays } from '../../src/protocol/limits.ts'
import { ChatError, ValidationError } from '../../src/core/errors.ts'
import { isOriginOf } from '../origins.ts'
import type { Runtime } from '../runtime.ts'
import { readHost, type RequestContext } from './request.ts'

const name = 'quick_connect_refresh'

/** [C2] A cookie path without a trailing slash matches both spellings of the request's path. */
const path = '/api/token/refresh'

type Answered<T extends Tokens> = Omit<T, 'refresh'> & Partial<Pick<T, 'refresh'>>

/** [A7] Returns the tokens for the answer. On request the refresh token goes into a cookie, and is not in the body. */
export function giveTokens<T extends Tokens>(
  c: RequestContext,
  refreshIn: RefreshIn | undefined,
  tokens: T,
): Answered<T> {
  if (refreshIn !== 'cookie') return tokens
  const { refresh, ...rest } = tokens
  keep(c, refresh, sessionDays * 24 * 60 * 60)
  return rest
}

export function dropRefreshCookie(c: RequestContext): void {
  keep(c, '', 0)
}

/** Reads the refresh token of the cookie. Throws without one, and `forbidden` for requests from other pages. */
export function readRefreshCookie(
  c: RequestContext,
  runtime: Pick<Runtime, 'allowedOrigins'>,
): string {
  const token = getCookie(c, name)
  // A program has forgotten the field. Tell it that before anything else.
  if (!token && c.req.header('origin') === undefined) {
    throw new ValidationError([
      { field: 'refresh', message: 'is required when there is no cookie' },
    ])
  }
  checkPage(c, runtime)
  if (token) return token
  throw new ChatError(
    'unauthenticated',
    'the refresh token is missing: give it in the body, or log in with "refresh_in": "cookie"',
  )
}

/**
 * [A7] Throws unless the request comes from a page of this host. The browser sets Origin, and a page cannot change it.
 * A caller without Origin is not a browser, and needs no cookie.
 */
export function checkPage(
  c: RequestContext,
  { allowedOrigins }: Pick<Runtime, 'allowedOrigins'>,
): void {
  const origin = c.req.header('origin')
  // Browsers do not send this header over plain HTTP.
  const site = c.req.header('sec-fetch-site') ?? 'same-origin'
  // A proxy may use another host name. Then the page's origin must be an allowed one.
  const isOurs =
    origin !== undefined && (isOriginOf(origin, readHost(c)) || allowedOrigins.includes(origin))
  if (isOurs && site === 'same-origin') return
  throw new ChatError(
    'forbidden',
    'only pages of this host can have the refresh token in a cookie: ask for it in the body',
  )
}

function keep(c: RequestContext, token: string, maxAge: number): void {
  const secure = c.req.header('origin')?.startsWith('https:') ?? false
  setCookie(c, name, token, { path, httpOnly: true, sameSite: 'Strict', secure, maxAge })
}
