import type { MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'
import type { Env } from './request.ts'

/** What a page reads of an answer beside its body. */
const exposed = [
  'Retry-After',
  'RateLimit-Limit',
  'RateLimit-Remaining',
  'RateLimit-Reset',
  'WWW-Authenticate',
  'X-Request-Id',
]

/** As long as Chromium remembers it at most; each preflight is one more request. */
const preflightSeconds = 7_200

/**
 * [C9] Lets pages of these origins call the API and read its answers, without credentials: such a page sends its
 * token by itself. The cookie of the refresh token [A7] is for pages of the host alone.
 */
export function allowOrigins(origins: readonly string[]): MiddlewareHandler<Env> {
  const allow: MiddlewareHandler<Env> = cors({
    origin: [...origins],
    allowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowHeaders: ['Authorization', 'Content-Type'],
    exposeHeaders: exposed,
    maxAge: preflightSeconds,
  })
  return async (c, next) => {
    const isPreflight = c.req.header('access-control-request-method') !== undefined
    if (c.req.method !== 'OPTIONS' || isPreflight) return await allow(c, next)
    // It asks for the methods of a path. cors() would take it for a preflight.
    await next()
    c.header('Vary', 'Origin', { append: true })
  }
}
