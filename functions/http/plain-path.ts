import type { MiddlewareHandler } from 'hono'
import { ChatError } from '../../src/core/errors.ts'
import { httpRoutes } from '../routes.ts'
import type { Env, RequestContext } from './request.ts'

/** Returns a URL for a decoded path. A URL needs a host, but routing does not use it. */
export function toUrl(path: string, query = ''): string {
  // The path is decoded, so a # in it (the emoji #️⃣) does not begin a fragment. The ? keeps spaces at the end of the
  // path, which would be removed at the end of a URL.
  return `https://api.invalid${path.replaceAll('#', '%23')}?${query}`
}

/** Most paths. Without a dot and a special character, a URL has nothing to change. */
const simple = /^(?:\/[A-Za-z0-9_-]*)+$/

/** Whether a decoded path stays the same in a URL. For example `/a/../b` becomes `/b`. */
export function isPlainPath(path: string): boolean {
  if (simple.test(path)) return true
  try {
    return decodeURIComponent(new URL(toUrl(path)).pathname) === path
  } catch {
    return false
  }
}

/**
 * [C2] Refuses every spelling of a path but the plain one. API Gateway chooses a route and its throttle by the path
 * as the client sent it. The handlers use the normalized path. If the two differed, a request could avoid the
 * throttle of its path. It calls `charge` before it refuses.
 */
export function refuseOtherSpellings(charge: (c: RequestContext) => void): MiddlewareHandler<Env> {
  return async (c, next) => {
    const { rawPath, routeKey } = c.env.event
    if (!isPlainPath(rawPath)) {
      charge(c)
      throw new ChatError(
        'bad_request',
        'this path is not in its plain spelling: encode it once, as UTF-8, without "." or ".." as a part, backslashes, tabs and line breaks',
      )
    }
    const path = rawPath.replace(/\/$/, '')
    const own = `${c.req.method} ${path}`
    if (routeKey !== own && httpRoutes.some((route) => route.routeKey === own)) {
      charge(c)
      throw new ChatError(
        'bad_request',
        `this path is not in its plain spelling: write it as ${path}, without encoded characters or extra slashes`,
      )
    }
    await next()
  }
}
