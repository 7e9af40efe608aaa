import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { admin } from '../../../functions/admin/app.ts'
import { api } from '../../../functions/http/app.ts'
import {
  adminRoutes,
  type HttpRoute,
  httpRoutes,
  type RoutedFunctionName,
  webSocketRoutes,
} from '../../../functions/routes.ts'
import { createRuntime } from '../../../functions/runtime.ts'
import { readPeer } from '../../../functions/viewer.ts'
import { connect } from '../../../functions/websocket/connect.ts'
import { disconnect } from '../../../functions/websocket/disconnect.ts'
import { handleFrame } from '../../../functions/websocket/handle-frame.ts'
import type { Limits } from '../../core/context.ts'
import type { Db } from '../../core/database/database.ts'
import { createInlineFanOut } from '../../core/fan-out/inline-fan-out.ts'
import { noMetrics } from '../../core/monitoring/no-metrics.ts'
import type { FanOut, JwtKeys, Log } from '../../core/ports.ts'
import type { Tally } from '../../core/monitoring/tally.ts'
import type { Connections } from '../../emulators/api-gateway/connections.ts'
import { createHttpApi, type HttpApiOptions } from '../../emulators/api-gateway/http-api.ts'
import type { LambdaHandler } from '../../emulators/api-gateway/invoke.ts'
import type { HttpLimits, WebSocketLimits } from '../../emulators/api-gateway/limits.ts'
import type { GatewayLog } from '../../emulators/api-gateway/log.ts'
import type { Credentials } from '../../emulators/api-gateway/sigv4.ts'
import { peerAddress } from '../../emulators/api-gateway/request-info.ts'
import { createWebSocketApi } from '../../emulators/api-gateway/websocket-api.ts'
import { bodyBytesOfAdmin, bodyBytesOfApi } from './body-sizes.ts'
import { type ConnectionLimits, connectionLimits } from './connection-guard.ts'
import { createAdminDoor, createFrontDoor } from './front-door.ts'
import { createGatewaySender } from './gateway-sender.ts'
import { type Handlers, listen, type Listener } from './listener.ts'
import { type PasswordWorker, startPasswordWorker } from './password-worker.ts'
import { createSite } from './site.ts'

export interface ServeOptions {
  readonly db: Db
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  /** The port of the admin's pages; 0 takes any free port. */
  readonly adminPort: number
  readonly jwtKeys: JwtKeys
  /** Trust the last address in X-Forwarded-For. Only safe behind a proxy that sets it. */
  readonly trustProxy: boolean
  readonly allowedOrigins: readonly string[]
  /**
   * The address where people find the page of the chat. If undefined, it is the address that this server listens on.
   */
  readonly chatUrl?: string | undefined
  /**
   * Serves `@connections` on a port of its own, for another server that has the admin's pages. This server does not
   * serve them then.
   */
  readonly callbacks?: { readonly port: number; readonly credentials: Credentials } | undefined
  readonly limits: Limits
  /** [A8] Whether admins need a second factor. */
  readonly adminTotp?: 'optional' | 'required' | undefined
  readonly log: Log
  /** Limits on the connections to each port. Limits that are not given have their defaults. */
  readonly connectionLimits?: Partial<ConnectionLimits>
  /** The gateway's limits. Limits that are not given are those of API Gateway. */
  readonly webSocketLimits?: Partial<WebSocketLimits>
  /** For tests: the fan-out to large rooms, the hashing of passwords, and the gateway's limits for HTTP. */
  readonly fanOut?: FanOut
  readonly passwords?: PasswordWorker
  readonly httpLimits?: Partial<HttpLimits>
}

export interface RunningServer extends AsyncDisposable {
  readonly url: string
  readonly port: number
  /** 0 if another server has the admin's pages. */
  readonly adminPort: number
  /** The port of `@connections`; 0 if they are not served. */
  readonly callbackPort: number
  readonly connections: Connections
  /** Closes all sockets, runs their $disconnect, and waits for the work in progress. */
  close(): Promise<void>
}

export const stage = 'local'
/** How often the tally checks whether it has counts of failures to write to the database. */
const tallySeconds = 15

/** The chat on one machine: the handlers of functions/ behind a gateway that behaves like API Gateway. */
export async function serve(options: ServeOptions): Promise<RunningServer> {
  const { db, log, limits, allowedOrigins } = options
  const passwords = options.passwords ?? startPasswordWorker()
  // The sender needs the gateway, which needs the handlers, which need the sender.
  let connections: Connections | undefined
  const sender = createGatewaySender(
    {
      post: (id, data) => connections!.post(id, data),
      delete: (id) => connections!.delete(id),
      cut: (id) => connections!.cut(id),
      keepsUp: (id) => connections!.keepsUp(id),
    },
    log,
  )
  const runtime = createRuntime({
    db,
    sender,
    fanOut: options.fanOut ?? createInlineFanOut({ db, sender }),
    passwords,
    keys: async () => options.jwtKeys,
    readViewer: readPeer,
    metrics: noMetrics,
    limits,
    log,
    allowedOrigins,
    adminTotp: options.adminTotp ?? 'optional',
    chatUrl: () => options.chatUrl ?? url,
  })
  const endTally = keepTally(runtime.tally)
  const stopped = new AbortController()
  const handlers: Record<RoutedFunctionName, LambdaHandler> = {
    api: api(runtime),
    admin: admin(runtime),
    connect: connect(runtime),
    disconnect: disconnect({ ...runtime, stopped: stopped.signal }),
    frame: handleFrame(runtime),
    sendmessage: handleFrame(runtime),
  }
  const gateway = {
    log: toGatewayLog(log),
    sourceIp: options.trustProxy ? forwardedAddress : peerAddress,
  }
  const createApi = (routes: readonly HttpRoute[], bodyBytes: HttpApiOptions['bodyBytes']) =>
    createHttpApi({
      ...gateway,
      bodyBytes,
      routes: routes.map(({ routeKey, function: name }) => ({
        routeKey,
        handler: handlers[name],
        functionName: name,
      })),
      ...(options.httpLimits && { limits: options.httpLimits }),
    })
  const httpApi = createApi(httpRoutes, bodyBytesOfApi)
  const adminApi = createApi(adminRoutes, bodyBytesOfAdmin)
  const webSocketApi = createWebSocketApi({
    ...gateway,
    stage,
    routes: Object.fromEntries(
      Object.entries(webSocketRoutes).map(([routeKey, name]) => [
        routeKey,
        { handler: handlers[name], functionName: name },
      ]),
    ),
    limits: { ...frameLimits(limits), ...options.webSocketLimits },
  })
  connections = webSocketApi.connections

  const door = createFrontDoor({ allowedOrigins, stage, httpApi, webSocketApi, site: createSite() })
  const { host } = options
  const guarded = {
    limits: { ...connectionLimits, ...options.connectionLimits },
    log,
    addressOf: options.trustProxy ? forwardedAddress : undefined,
  }
  const listeners: Listener[] = []
  let url = ''
  async function drain(): Promise<void> {
    await webSocketApi.close({ timeoutMs: 5_000 })
    stopped.abort()
    await Promise.all([httpApi.close(), adminApi.close()])
    await endTally()
  }
  async function close(): Promise<void> {
    await Promise.all(listeners.map((listener) => listener.close(drain)))
    await passwords[Symbol.asyncDispose]()
  }
  async function open(port: number, handlers: Handlers): Promise<number> {
    const listener = await listen({ host, port }, { ...guarded, ...handlers })
    listeners.push(listener)
    return listener.port
  }
  try {
    const port = await open(options.port, door)
    url = `http://${isLoopback(host) ? 'localhost' : host}:${port}`
    const { callbacks } = options
    let [adminPort, callbackPort] = [0, 0]
    if (callbacks) {
      // It signs with the AWS SDK, which takes some megabytes.
      const { createConnectionsApi } =
        await import('../../emulators/api-gateway/connections-api.ts')
      const { credentials } = callbacks
      const api = createConnectionsApi({ stage, connections, log: gateway.log, credentials })
      callbackPort = await open(callbacks.port, { request: (req, res) => api.handle(req, res) })
    } else adminPort = await open(options.adminPort, { request: createAdminDoor(adminApi) })
    return { url, port, adminPort, callbackPort, connections, close, [Symbol.asyncDispose]: close }
  } catch (error) {
    await close()
    throw error
  }
}

/**
 * [W9] The gateway handles four times the frames that a user may send. A statement refuses the frames above the
 * user's limit, so a client that sends too fast by mistake gets an error. Frames above the gateway's limit cost no
 * statement.
 */
function frameLimits({ frames }: Limits) {
  return { framesPerSecond: (4 * frames.count) / frames.seconds, frameBurst: 4 * frames.count }
}

/**
 * Writes the counted failures to the database from time to time. The returned function writes them for the last time.
 */
export function keepTally(tally: Tally): () => Promise<void> {
  const timer = setInterval(() => void tally.flush(), tallySeconds * 1_000).unref()
  return async () => {
    clearInterval(timer)
    await tally.flush({ now: true })
  }
}

function isLoopback(host: string): boolean {
  return host === '127.0.0.1' || host === '::1' || host === 'localhost'
}

/**
 * Returns the address that the nearest proxy saw, which is the last one in the list. Anybody can write the addresses
 * before it. If the proxy only passes the header on, anybody can write the last one too. So a last entry that is no
 * IP address is not used.
 */
export function forwardedAddress(req: IncomingMessage): string {
  const header = req.headers['x-forwarded-for']
  const list = Array.isArray(header) ? header.join(',') : (header ?? '')
  const last = withoutPort(list.split(',').at(-1)!.trim())
  return isIP(last) === 0 ? peerAddress(req) : last
}

/** Some proxies (Azure's, IIS) write the port too: `192.0.2.1:1234`, `[2001:db8::1]:1234`. */
function withoutPort(text: string): string {
  const match = /^(?:\[([^\]]+)\]|([\d.]+))(?::\d+)?$/.exec(text)
  return match?.[1] ?? match?.[2] ?? text
}

/** Logs each request and frame as one line at level INFO. Failures are errors. */
export function toGatewayLog(log: Log): GatewayLog {
  return ({ error, ...entry }) => {
    if (error === undefined) log.info('gateway', { ...entry })
    else log.error('gateway', { ...entry, error })
  }
}
