import type { BytePool } from './byte-pool.ts'
import type { InFlight } from './in-flight.ts'
import { invoke, type InvocationOutcome, type LambdaHandler } from './invoke.ts'
import type { WebSocketLimits } from './limits.ts'
import type { GatewayLog } from './log.ts'
import type { RouteSelector } from './route-selection.ts'
import type { TokenBucket } from './token-bucket.ts'

export interface WebSocketRoute {
  handler: LambdaHandler
  functionName?: string
  /** Sends the `body` of the handler's result as a frame. API Gateway calls this the route response. */
  returnResponse?: boolean
}

/** The parts that all phases of a connection share. */
export interface WebSocketRuntime {
  routes: ReadonlyMap<string, WebSocketRoute>
  selectRoute: RouteSelector
  limits: Readonly<WebSocketLimits>
  throttle: TokenBucket
  /** The unsent data of all connections. */
  unsent: BytePool
  /** The messages of all connections that are incomplete or not handled yet. */
  received: BytePool
  inFlight: InFlight
  log: GatewayLog
  now: () => number
}

/**
 * Runs a route's handler. A missing route returns an empty success, because `$connect` and `$disconnect` may be
 * missing.
 */
export function invokeRoute(
  runtime: WebSocketRuntime,
  routeKey: string,
  event: { requestContext: { requestId: string; connectionId: string } },
): Promise<InvocationOutcome> {
  const route = runtime.routes.get(routeKey)
  if (!route) return Promise.resolve({ kind: 'returned', value: { statusCode: 200 } })
  return invoke(route.handler, event, {
    functionName: route.functionName ?? routeKey,
    timeoutMs: runtime.limits.integrationTimeoutMs,
    onLateError: (error) => {
      const { requestId, connectionId } = event.requestContext
      runtime.log({ type: 'error', requestId, connectionId, routeKey, error })
    },
  })
}
