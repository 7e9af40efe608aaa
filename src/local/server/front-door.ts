import type { RequestListener } from 'node:http'
import type { HttpApiEmulator } from '../../emulators/api-gateway/http-api.ts'
import type { WebSocketApiEmulator } from '../../emulators/api-gateway/websocket-api.ts'
import type { Upgrade } from './listener.ts'

interface FrontDoor {
  readonly request: RequestListener
  readonly upgrade: Upgrade
}

/**
 * Does what the CDN does in front of API Gateway. `/api/` goes to the HTTP API, except for the pages of the API's
 * documents. `/ws/` goes to the WebSocket API, which knows no path beyond its stage. Everything else goes to the
 * site.
 */
export function createFrontDoor(options: {
  readonly stage: string
  readonly httpApi: HttpApiEmulator
  readonly webSocketApi: WebSocketApiEmulator
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

/** The front door of the admin's host, which serves only the admin's pages. */
export function createAdminDoor(httpApi: HttpApiEmulator): RequestListener {
  return (req, res) => {
    const url = req.url ?? ''
    const path = url.split('?', 1)[0]!
    if (/^\/admin(\/|$)/.test(path)) {
      req.url = withoutLastSlash(url)
      httpApi.handle(req, res)
    } else if (path === '/') res.writeHead(302, { Location: '/admin/' }).end()
    else res.writeHead(404, { 'Content-Type': 'text/plain' }).end('this host has only /admin/\n')
  }
}

/**
 * No route of API Gateway ends in a slash. The CDN removes one slash from the end of the path
 * (lib/edge/api-request.js).
 */
function withoutLastSlash(url: string): string {
  const path = url.split('?', 1)[0]!
  return path.replace(/\/$/, '') + url.slice(path.length)
}

/**
 * Turns `/ws/chat/<room_name>/` into `/<stage>?room=<room_name>`, whatever the name is. If it cannot be the name of a
 * room, $connect answers that there is no such room. `/ws/` becomes the stage. Other paths stay as they are, and the
 * WebSocket API refuses them.
 */
export function toStage(url: string, stage: string): string {
  const match = /^\/ws(?:\/chat\/([^?]*?))?\/?(\?.*)?$/.exec(url)
  if (!match) return url
  const [, room, query] = match
  if (room === undefined) return `/${stage}${query ?? ''}`
  const word = room.replace(/[&+#]/g, encodeURIComponent)
  // The room comes last: if a parameter is given twice, API Gateway's event has the last value.
  return `/${stage}?${query ? `${query.slice(1)}&` : ''}room=${word}`
}
