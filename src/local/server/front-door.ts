import type { RequestListener } from 'node:http'
import type { HttpApi } from '../../emulators/api-gateway/http-api.ts'
import type { WebSocketApi } from '../../emulators/api-gateway/websocket-api.ts'
import type { Upgrade } from './listener.ts'

interface FrontDoor {
  readonly request: RequestListener
  readonly upgrade: Upgrade
}

/**
 * What the CDN does in front of API Gateway: `/api/` goes to the HTTP API but for its pages, `/ws/` to
 * the WebSocket API, which knows no path beyond its stage, and everything else to the site.
 */
export function createFrontDoor(options: {
  readonly stage: string
  readonly httpApi: HttpApi
  readonly webSocketApi: WebSocketApi
  readonly site: RequestListener
}): FrontDoor {
  const { stage, httpApi, webSocketApi, site } = options
  return {
    request: (req, res) => {
      const url = req.url ?? ''
      if (/^\/api(?!\/docs(\/|\?|$))(\/|\?|$)/.test(url)) {
        req.url = withoutLastSlash(url)
        httpApi.handle(req, res)
      } else site(req, res)
    },
    upgrade: (req, socket, head) => {
      req.url = toStage(req.url ?? '/', stage)
      webSocketApi.upgrade(req, socket, head)
    },
  }
}

/** The admin's host, which has nothing but the admin's pages. */
export function createAdminDoor(httpApi: HttpApi): RequestListener {
  return (req, res) => {
    const url = req.url ?? ''
    const path = url.split('?', 1)[0]!
    if (/^\/admin(\/|$)/.test(path)) {
      req.url = withoutLastSlash(url)
      httpApi.handle(req, res)
    } else if (path === '/') res.writeHead(302, { Location: '/admin/' }).end()
    else res.writeHead(404, { 'Content-Type': 'text/plain' }).end('there is only /admin/ here\n')
  }
}

/** No route of API Gateway ends in a slash: the CDN takes one off the path (lib/edge/api-request.js). */
function withoutLastSlash(url: string): string {
  const path = url.split('?', 1)[0]!
  return path.replace(/\/$/, '') + url.slice(path.length)
}

/**
 * `/ws/chat/<room_name>/` becomes `/<stage>?room=<room_name>`, whatever the name; what cannot be a
 * room's is not found by $connect. `/ws/` becomes the stage. Others stay, and are refused there.
 */
export function toStage(url: string, stage: string): string {
  const match = /^\/ws(?:\/chat\/([^?]*?))?\/?(\?.*)?$/.exec(url)
  if (!match) return url
  const [, room, query] = match
  if (room === undefined) return `/${stage}${query ?? ''}`
  const word = room.replace(/[&+#]/g, encodeURIComponent)
  // Last: of a parameter given twice, API Gateway's event has the last one.
  return `/${stage}?${query ? `${query.slice(1)}&` : ''}room=${word}`
}
