import type { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { createBytePool } from './byte-pool.ts'
import { type Connections, createConnectionTable, GOING_AWAY } from './connections.ts'
import { newGatewayId, newTraceId } from './ids.ts'
import { createInFlight } from './in-flight.ts'
import { WEBSOCKET_LIMITS, type WebSocketLimits } from './limits.ts'
import { createSafeLog, type GatewayLog, type GatewayLogEntry } from './log.ts'
import {
  forwardedBy,
  headerPairs,
  peerAddress,
  splitTarget,
  withForwardedHeaders,
} from './request-info.ts'
import { compileRouteSelection } from './route-selection.ts'
import { startSweeper } from './sweeper.ts'
import { createTokenBucket, type TokenBucket } from './token-bucket.ts'
import { refusalOf, refuseUpgrade } from './upgrade-request.ts'
import { createUpgradeServer } from './upgrade-server.ts'
import { type ConnectionInfo, formatConnectEvent } from './websocket-event.ts'
import { malformed } from './websocket-message.ts'
import { parseProxyResult, type ProxyResult } from './websocket-result.ts'
import { invokeRoute, type WebSocketRoute, type WebSocketRuntime } from './websocket-runtime.ts'
import {
  closeWebSocket,
  cutConnection,
  runDisconnect,
  DROPPED,
  openSession,
} from './websocket-session.ts'

export type { ConnectionDetails, Connections, PostResult } from './connections.ts'
export type { WebSocketLimits } from './limits.ts'
export type { WebSocketRoute } from './websocket-runtime.ts'

export interface WebSocketApiOptions {
  /** Only the path `/<stage>` upgrades. */
  stage: string
  /** `$connect`, `$disconnect`, `$default` and custom keys, each optional. */
  routes: Readonly<Record<string, WebSocketRoute>>
  routeSelectionExpression?: string
  limits?: Partial<WebSocketLimits>
  /** The client's address. The default is the TCP peer's address; behind a trusted proxy it is another one. */
  sourceIp?: (req: IncomingMessage) => string
  log?: GatewayLog
  /** Milliseconds since 1970, for the times in events. Limits use another clock. */
  now?: () => number
  /** Shared with other APIs of the "account". If absent, the API has a throttle of its own. */
  throttle?: TokenBucket
  domainName?: string
  apiId?: string
}

export interface WebSocketApiEmulator {
  /** For the `upgrade` event of a node server. Takes over the socket, and never throws. */
  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void
  readonly connections: Connections
  /** The number of open connections. */
  readonly size: number
  /**
   * Refuses upgrades with 503 from now on, closes every socket with 1001, and runs their `$disconnect`. Resolves when
   * the handlers in progress are done, or after `timeoutMs` (by default the integration timeout).
   */
  close(options?: { timeoutMs?: number }): Promise<void>
}

const KEEP_ALIVE_MS = 60_000

/** A WebSocket API with Lambda proxy integrations, on one stage. */
export function createWebSocketApi(options: WebSocketApiOptions): WebSocketApiEmulator {
  const limits = { ...WEBSOCKET_LIMITS, ...options.limits }
  const runtime: WebSocketRuntime = {
    routes: new Map(Object.entries(options.routes)),
    selectRoute: compileRouteSelection(options.routeSelectionExpression ?? '$request.body.action'),
    limits,
    throttle:
      options.throttle ??
      createTokenBucket({ perSecond: limits.requestsPerSecond, burst: limits.requestBurst }),
    unsent: createBytePool(limits.bufferedBytesInAll),
    received: createBytePool(limits.receivedBytesInAll),
    inFlight: createInFlight(),
    log: createSafeLog(options.log),
    now: options.now ?? Date.now,
  }
  const sourceIp = options.sourceIp ?? peerAddress
  const server = createUpgradeServer(limits)
  const connects = createTokenBucket({
    perSecond: limits.connectsPerSecond,
    burst: limits.connectsPerSecond,
  })
  const table = createConnectionTable({
    limits,
    now: runtime.now,
    close: (connection, why) => closeWebSocket(runtime, table, connection, why),
    cut: (connection) => cutConnection(runtime, table, connection),
  })
  const sweeper = startSweeper({
    limits,
    table,
    close: (connection, why) => closeWebSocket(runtime, table, connection, why),
  })
  let handshakes = 0
  let closing: Promise<void> | undefined

  async function admit(req: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const startedAt = performance.now()
    const entry: GatewayLogEntry = { type: 'connect', requestId: newGatewayId() }
    handshakes += 1
    try {
      entry.status = await connect(req, socket, head, entry)
      if (entry.status !== 101) refuseUpgrade(socket, entry.status)
    } catch (error) {
      Object.assign(entry, { status: 500, error })
      refuseUpgrade(socket, 500)
    }
    handshakes -= 1
    entry.durationMs = performance.now() - startedAt
    runtime.log(entry)
  }

  /** Returns the status of the handshake's answer. A 101 has been sent already, any other status has not. */
  async function connect(
    req: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    entry: GatewayLogEntry,
  ): Promise<number> {
    entry.path = splitTarget(req.url ?? '/').path
    if (closing) return 503
    const refusal = refusalOf(req, { stage: options.stage, urlBytes: limits.urlBytes })
    if (refusal !== undefined) return refusal
    if (table.size + handshakes > limits.maxConnections) return 429
    if (!connects.take() || !runtime.throttle.take()) return 429

    const info = connectionInfo(req)
    entry.connectionId = info.connectionId
    const result = await runConnect(req, info, entry)
    if (typeof result === 'number') return result
    if (result.statusCode >= 300) return result.statusCode

    // The handler has accepted the connection, so $disconnect must follow in any case.
    if (closing) {
      runtime.inFlight.track(runDisconnect(runtime, info, GOING_AWAY))
      return 503
    }
    const ws = socket.destroyed ? undefined : server.complete(req, socket, head, result.subprotocol)
    if (!ws) {
      runtime.inFlight.track(runDisconnect(runtime, info, DROPPED))
      return 499
    }
    openSession(runtime, table, { info, ws, socket })
    return 101
  }

  async function runConnect(
    req: IncomingMessage,
    info: ConnectionInfo,
    entry: GatewayLogEntry,
  ): Promise<ProxyResult | number> {
    const epochMs = runtime.now()
    const forwarded = forwardedBy(req, info.identity.sourceIp, newTraceId(epochMs))
    const event = formatConnectEvent(
      info,
      { requestId: entry.requestId, epochMs },
      {
        headers: withForwardedHeaders(headerPairs(req.rawHeaders), forwarded),
        rawQueryString: splitTarget(req.url ?? '/').rawQueryString,
      },
    )
    entry.routeKey = '$connect'
    const outcome = await invokeRoute(runtime, '$connect', event)
    if (outcome.kind !== 'returned') {
      entry.error = outcome.error
      return outcome.kind === 'timed_out' ? 504 : 502
    }
    const result = parseProxyResult(outcome.value)
    if (!result) entry.error = malformed('$connect')
    return result ?? 502
  }

  function connectionInfo(req: IncomingMessage): ConnectionInfo {
    const userAgent = req.headers['user-agent']
    return {
      connectionId: newGatewayId(),
      connectedAt: runtime.now(),
      identity: { sourceIp: sourceIp(req), ...(userAgent !== undefined && { userAgent }) },
      stage: options.stage,
      domainName: options.domainName ?? 'localhost',
      apiId: options.apiId ?? 'local',
    }
  }

  async function shutDown(timeoutMs: number): Promise<void> {
    sweeper.stop()
    for (const connection of table.values()) {
      closeWebSocket(runtime, table, connection, GOING_AWAY)
    }
    await Promise.all([runtime.inFlight.idle(timeoutMs), server.drained()])
  }

  return {
    upgrade(req, socket, head) {
      // No other listener handles a reset while $connect runs.
      socket.on('error', () => socket.destroy())
      // The gateway sends no pings. While nothing is written, only TCP notices a client that has vanished.
      if (socket instanceof Socket) socket.setKeepAlive(true, KEEP_ALIVE_MS)
      runtime.inFlight.track(admit(req, socket, head))
    },
    connections: table,
    get size() {
      return table.size
    },
    close({ timeoutMs = limits.integrationTimeoutMs } = {}) {
      closing ??= shutDown(timeoutMs)
      return closing
    },
  }
}
