import type { MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'
import type { Env } from './request.ts'

/** The headers that a page can read, besides the body. */
export const exposedHeaders = [
  'Retry-After',
  'RateLimit-Limit',
  'RateLimit-Remaining',
  'RateLimit-Reset',
  'WWW-Authenticate',
  'X-Request-Id',
]

/** The longest time that Chromium caches a preflight. Each preflight costs one more request. */
const preflightSeconds = 7_200

/**
 * [C9] Allows pages of these origins to call the API and to read its answers, without credentials. Such a page
 * sends its token itself. The cookie of the refresh token [A7] is only for pages of the host.
 */
export function allowOrigins(origins: readonly string[]): MiddlewareHandler<Env> {
  const allow: MiddlewareHandler<Env> = cors({
    origin: [...origins],
    allowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowHeaders: ['Authorization', 'Content-Type'],
    exposeHeaders: exposedHeaders,
    maxAge: preflightSeconds,
  })
  return async (c, next) => {
    const isPreflight = c.req.header('access-control-request-method') !== undefined
    if (c.req.method !== 'OPTIONS' || isPreflight) return await allow(c, next)
    // This OPTIONS request asks for the methods of a path. cors() would treat it as a preflight.
    await next()
    c.header('Vary', 'Origin', { append: true })
  }
}
