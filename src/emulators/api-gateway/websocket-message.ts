import type { GatewayConnection, Connections } from './connections.ts'
import { newGatewayId } from './ids.ts'
import type { GatewayLogEntry } from './log.ts'
import { routeKeyFor } from './route-selection.ts'
import { errorFrame } from './text-frame.ts'
import { formatMessageEvent } from './websocket-event.ts'
import { parseProxyResult } from './websocket-result.ts'
import { invokeRoute, type WebSocketRuntime } from './websocket-runtime.ts'

/** Handles a client's text message, and sends the frame that answers it, if there is one. Never rejects. */
export async function handleMessage(
  runtime: WebSocketRuntime,
  connections: Connections,
  connection: GatewayConnection,
  body: string,
): Promise<void> {
  const startedAt = performance.now()
  const { connectionId } = connection.info
  const requestId = newGatewayId()
  const entry: GatewayLogEntry = { type: 'message', requestId, connectionId }
  const answer = await frameFor(runtime, connection, body, entry)
  if (answer) connections.post(connectionId, answer)
  entry.durationMs = performance.now() - startedAt
  runtime.log(entry)
}

async function frameFor(
  runtime: WebSocketRuntime,
  { info }: GatewayConnection,
  body: string,
  entry: GatewayLogEntry,
): Promise<string | undefined> {
  const fail = (status: number, message: string, error?: unknown) => {
    entry.status = status
    if (error !== undefined) entry.error = error
    return errorFrame(message, info.connectionId, entry.requestId)
  }
  if (!runtime.throttle.take()) return fail(429, 'Too Many Requests')
  const routeKey = routeKeyFor(runtime.selectRoute(body), runtime.routes)
  if (routeKey === undefined) return fail(403, 'Forbidden')
  entry.routeKey = routeKey

  const stamp = { requestId: entry.requestId, epochMs: runtime.now() }
  const message = { routeKey, messageId: newGatewayId(), body }
  const outcome = await invokeRoute(runtime, routeKey, formatMessageEvent(info, stamp, message))
  if (outcome.kind !== 'returned') return fail(500, 'Internal server error', outcome.error)

  const result = parseProxyResult(outcome.value)
  if (!result) return fail(500, 'Internal server error', malformed(routeKey))
  entry.status = result.statusCode
  // With a route response the client gets the body, whatever the status is.
  if (runtime.routes.get(routeKey)?.returnResponse) return result.body || undefined
  return result.statusCode >= 400 ? fail(result.statusCode, 'Internal server error') : undefined
}

export function malformed(routeKey: string): Error {
  return new Error(
    `${routeKey} returned a malformed response: return statusCode and, if need be, headers, body, isBase64Encoded`,
  )
}
