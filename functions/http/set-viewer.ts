import type { MiddlewareHandler } from 'hono'
import type { ReadViewer } from '../viewer.ts'
import type { Env } from './request.ts'

/** Who asks is known before anything else is looked at. */
export function setViewer(readViewer: ReadViewer): MiddlewareHandler<Env> {
  return async (c, next) => {
    const { headers, requestContext } = c.env.event
    const { sourceIp } = requestContext.http
    c.set('viewer', await readViewer({ header: (name) => headers[name], sourceIp }))
    await next()
  }
}
