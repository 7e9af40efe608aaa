import type { Hono } from 'hono'
import { ChatError } from '../../src/core/errors.ts'
import type { Env, RequestContext } from './request.ts'

/**
 * Refuses other methods of the known paths, and lists the allowed ones. It calls `charge` first. Call this after
 * all routes.
 */
export function refuseOtherMethods(
  app: Hono<Env>,
  charge: (c: RequestContext) => void = () => undefined,
): void {
  const routes = app.routes.filter(({ method }) => method !== 'ALL')
  for (const path of new Set(routes.map((route) => route.path))) {
    const own = routes.filter((route) => route.path === path).map(({ method }) => method)
    const allowed = [...own, ...(own.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ')
    app.all(path, (c) => {
      charge(c)
      c.header('Allow', allowed)
      if (c.req.method === 'OPTIONS') return c.body(null, 204)
      throw new ChatError(
        'method_not_allowed',
        `this path does not allow ${c.req.method}: use ${allowed}`,
      )
    })
  }
}
