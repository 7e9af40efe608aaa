import type { RequestListener } from 'node:http'
import { exposedHeaders } from '../../../functions/http/allow-origins.ts'
import type { HttpApiEmulator } from '../../emulators/api-gateway/http-api.ts'
import type { WebSocketApiEmulator } from '../../emulators/api-gateway/websocket-api.ts'
import type { Upgrade } from './listener.ts'

interface FrontDoor {
  /** Sets headers of the answer, whoever gives it. It comes before `request`. */
  readonly prepare: RequestListener
  readonly request: RequestListener
  readonly upgrade: Upgrade
}

/**
 * Does what the CDN does in front of API Gateway. `/api/` goes to the HTTP API, except for the pages of the API's
 * documents. `/ws/` goes to the WebSocket API, which knows no path beyond its stage. Everything else goes to the
 * site.
 *
 * [C9] A page of an allowed origin can also read what the gateway itself refuses, or this server before it. Handlers set
 * the same headers, and theirs take precedence.
 */
export function createFrontDoor(options: {
  readonly allowedOrigins: readonly string[]
  readonly stage: string
  readonly httpApi: HttpApiEmulator
  readonly webSocketApi: WebSocketApiEmulator
  readonly site: RequestListener
}): FrontDoor {
  const { allowedOrigins, stage, httpApi, webSocketApi, site } = options
  return {
    prepare: (req, res) => {
      if (allowedOrigins.length === 0 || !isOfApi(req.url ?? '')) return
      res.setHeader('Vary', 'Origin')
      const { origin } = req.headers
      if (origin === undefined || !allowedOrigins.includes(origin)) return
      res.setHeader('Access-Control-Allow-Origin', origin)
      res.setHeader('Access-Control-Expose-Headers', exposedHeaders.join())
    },
    request: (req, res) => {
      const url = req.url ?? ''
      if (isOfApi(url)) {
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

function isOfApi(url: string): boolean {
  return /^\/api(?!\/docs(\/|\?|$))(\/|\?|$)/.test(url)
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
