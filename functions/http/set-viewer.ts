import type { MiddlewareHandler } from 'hono'
import type { ReadViewer } from '../viewer.ts'
import type { Env } from './request.ts'

/** Reads the viewer of a request, before everything else. */
export function setViewer(readViewer: ReadViewer): MiddlewareHandler<Env> {
  return async (c, next) => {
    const { headers, requestContext } = c.env.event
    const { sourceIp } = requestContext.http
    c.set('viewer', await readViewer({ header: (name) => headers[name], sourceIp }))
    await next()
  }
}
