import type { MiddlewareHandler } from 'hono'
import { ChatError } from '../../src/core/errors.ts'
import { httpRoutes } from '../routes.ts'
import type { Env, RequestContext } from './request.ts'

/** The URL of a decoded path. A routing table knows no host; a URL has to have one. */
export function toUrl(path: string, query = ''): string {
  // The path comes decoded: a # in it (the emoji #️⃣) is no fragment. The ? keeps spaces at the end of the path,
  // which are cut off at the end of a URL.
  return `https://api.invalid${path.replaceAll('#', '%23')}?${query}`
}

/** Whether a decoded path stays what it is when a URL is made of it: `/a/../b` becomes `/b`. */
export function isPlain(path: string): boolean {
  try {
    return decodeURIComponent(new URL(toUrl(path)).pathname) === path
  } catch {
    return false
  }
}

/**
 * [C2] API Gateway picks a route, and its throttle, by the path as it came. Handlers go by the path after
 * normalization. When both differ, a request would pass a throttle that is meant for it. `charge` comes before the
 * refusal.
 */
export function refuseOtherSpellings(charge: (c: RequestContext) => void): MiddlewareHandler<Env> {
  return async (c, next) => {
    const { rawPath, routeKey } = c.env.event
    if (!isPlain(rawPath)) {
      charge(c)
      throw new ChatError(
        'bad_request',
        'this path has a plainer spelling: encode it once, as UTF-8, without "." or ".." as a part, backslashes, tabs and line breaks',
      )
    }
    const path = rawPath.replace(/\/$/, '')
    const own = `${c.req.method} ${path}`
    if (routeKey !== own && httpRoutes.some((route) => route.routeKey === own)) {
      charge(c)
      throw new ChatError(
        'bad_request',
        `write this path as ${path}, with nothing encoded and no more slashes`,
      )
    }
    await next()
  }
}
