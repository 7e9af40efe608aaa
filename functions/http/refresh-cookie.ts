import { getCookie, setCookie } from 'hono/cookie'
import type { RefreshIn, Tokens } from '../../src/protocol/accounts.ts'
import { sessionDays } from '../../src/protocol/limits.ts'
import { ChatError, ValidationError } from '../../src/core/errors.ts'
import { isOriginOf } from '../origins.ts'
import type { Runtime } from '../runtime.ts'
import { readHost, type RequestContext } from './request.ts'

const name = 'quick_connect_refresh'

/** [C2] Without a slash at the end, a browser sends it to both spellings of the path. */
const path = '/api/token/refresh'

type Answered<T extends Tokens> = Omit<T, 'refresh'> & Partial<Pick<T, 'refresh'>>

/** [A7] What is answered of new tokens: a page that asks for it has the refresh token in a cookie, and nowhere else. */
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

/** Throws without one, and `forbidden` when no page of this host sends it. */
export function readRefreshCookie(
  c: RequestContext,
  runtime: Pick<Runtime, 'allowedOrigins'>,
): string {
  const token = getCookie(c, name)
  // A program has forgotten a field, which is wrong before anything else is.
  if (!token && c.req.header('origin') === undefined) {
    throw new ValidationError([{ field: 'refresh', message: 'is missing, and there is no cookie' }])
  }
  checkPage(c, runtime)
  if (token) return token
  throw new ChatError(
    'unauthenticated',
    'there is no refresh token: give it in the body, or log in with "refresh_in": "cookie"',
  )
}

/**
 * [A7] Throws unless a page of this host asks. A browser says which page it is, and the page cannot change that. A
 * caller that sends no Origin is not a browser, and needs no cookie.
 */
export function checkPage(
  c: RequestContext,
  { allowedOrigins }: Pick<Runtime, 'allowedOrigins'>,
): void {
  const origin = c.req.header('origin')
  // Browsers leave it out over plain HTTP.
  const site = c.req.header('sec-fetch-site') ?? 'same-origin'
  // A proxy may call us by another name: then the page's origin is among those that are allowed.
  const isOurs =
    origin !== undefined && (isOriginOf(origin, readHost(c)) || allowedOrigins.includes(origin))
  if (isOurs && site === 'same-origin') return
  throw new ChatError(
    'forbidden',
    'the refresh token is in a cookie for pages of this host alone: ask for it in the body',
  )
}

function keep(c: RequestContext, token: string, maxAge: number): void {
  const secure = c.req.header('origin')?.startsWith('https:') ?? false
  setCookie(c, name, token, { path, httpOnly: true, sameSite: 'Strict', secure, maxAge })
}
