import type { IncomingMessage, ServerResponse } from 'node:http'
import { createBytePool } from './byte-pool.ts'
import { type BodyRead, discardRest, readHttpBody } from './http-body.ts'
import { decodePath, formatHttpEvent } from './http-event.ts'
import { type HttpReply, messageReply, parseHttpResult } from './http-response.ts'
import { createRouteMatcher, type HandledRoute, type RouteMatch } from './http-routes.ts'
import { newGatewayId, newTraceId } from './ids.ts'
import { createInFlight } from './in-flight.ts'
import { invoke } from './invoke.ts'
import { HTTP_LIMITS, type HttpLimits } from './limits.ts'
import { createSafeLog, type GatewayLog, type GatewayLogEntry } from './log.ts'
import {
  forwardedBy,
  headBytes,
  headerPairs,
  peerAddress,
  splitTarget,
  withForwardedHeaders,
} from './request-info.ts'
import { createTokenBucket, type TokenBucket } from './token-bucket.ts'
import { createUnsentAnswers, type UnsentAnswers } from './unsent-answers.ts'

export type { HandledRoute as HttpRoute } from './http-routes.ts'
export type { HttpLimits } from './limits.ts'

export interface HttpApiOptions {
  routes: readonly HandledRoute[]
  limits?: Partial<HttpLimits>
  /**
   * How many bytes of a request's body its handler uses. If absent, as many as API Gateway accepts. A longer body is
   * not read to its end, or not at all. The handler gets a body with one byte more than it uses, and refuses it as it
   * would refuse the whole body.
   */
  bodyBytes?: (request: { method: string; path: string }) => number
  /** The client's address. The default is the TCP peer's address; behind a trusted proxy it is another one. */
  sourceIp?: (req: IncomingMessage) => string
  log?: GatewayLog
  /** Milliseconds since 1970, for the times in events. */
  now?: () => number
  /** Shared with other APIs of the "account". If absent, the API has a throttle of its own. */
  throttle?: TokenBucket
  domainName?: string
  apiId?: string
  accountId?: string
}

export interface HttpApiEmulator {
  handle(req: IncomingMessage, res: ServerResponse): void
  /** Answers 503 from now on. Resolves when the requests in progress have been answered. */
  close(): Promise<void>
}

/** An HTTP API with Lambda proxy integrations, payload format 2.0, on the `$default` stage. */
export function createHttpApi(options: HttpApiOptions): HttpApiEmulator {
  const limits = { ...HTTP_LIMITS, ...options.limits }
  const log = createSafeLog(options.log)
  const now = options.now ?? Date.now
  const sourceIp = options.sourceIp ?? peerAddress
  const match = createRouteMatcher(options.routes)
  const throttle =
    options.throttle ??
    createTokenBucket({ perSecond: limits.requestsPerSecond, burst: limits.requestBurst })
  const bodies = createBytePool(limits.bodyBytesInAll)
  const unsent = createUnsentAnswers(limits.unsentBytesInAll)
  const inFlight = createInFlight()
  let closing = false

  async function serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const startedAt = performance.now()
    const entry: GatewayLogEntry = { type: 'http', requestId: newGatewayId() }
    // If a client resets the connection while we read or answer, either of these emits an error.
    req.on('error', () => undefined)
    res.on('error', () => undefined)
    try {
      const reply = await answer(req, entry)
      if (reply) {
        entry.status = reply.statusCode
        send(req, res, reply, entry.requestId, unsent)
      }
    } catch (error) {
      Object.assign(entry, { status: 500, error })
      send(req, res, messageReply(500, 'Internal Server Error'), entry.requestId, unsent)
    }
    discardRest(req)
    entry.durationMs = performance.now() - startedAt
    log(entry)
  }

  /** Returns undefined if the client is gone. */
  async function answer(
    req: IncomingMessage,
    entry: GatewayLogEntry,
  ): Promise<HttpReply | undefined> {
    const { path: encodedPath, rawQueryString } = splitTarget(req.url ?? '/')
    const path = decodePath(encodedPath)
    const method = req.method ?? 'GET'
    Object.assign(entry, { method, path })
    if (closing) return messageReply(503, 'Service Unavailable')
    if (headBytes(req) > limits.headerBytes)
      return messageReply(431, 'Request Header Fields Too Large')
    if (!throttle.take()) return messageReply(429, 'Too Many Requests')
    const matched = match(method, path)
    if (!matched) return messageReply(404, 'Not Found')
    entry.routeKey = matched.route.routeKey

    const read = await readUsed(req, { method, path })
    if (read.kind === 'aborted') return undefined
    if (read.kind === 'timed_out') return messageReply(408, 'Request Timeout')
    if (read.kind === 'too_large') return messageReply(413, 'Request Entity Too Large')
    const request = { path, rawQueryString, method, body: read.body, matched }
    return await integrate(req, request, entry)
  }

  /** Reads as much of the body as the handler uses. If the body is longer, returns one byte more than that. */
  async function readUsed(
    req: IncomingMessage,
    request: { method: string; path: string },
  ): Promise<BodyRead> {
    if (Number(req.headers['content-length']) > limits.payloadBytes) return { kind: 'too_large' }
    const used = options.bodyBytes?.(request) ?? limits.payloadBytes
    if (used === 0) return { kind: 'complete', body: Buffer.alloc(0) }
    const read = await readHttpBody(req, {
      maxBytes: used,
      timeoutMs: limits.bodyTimeoutMs,
      pool: bodies,
    })
    return read.kind === 'too_large' && used < limits.payloadBytes
      ? { kind: 'complete', body: Buffer.alloc(used + 1, ' ') }
      : read
  }

  async function integrate(
    req: IncomingMessage,
    request: {
      path: string
      rawQueryString: string
      method: string
      body: Buffer
      matched: RouteMatch
    },
    entry: GatewayLogEntry,
  ): Promise<HttpReply> {
    const epochMs = now()
    const ip = sourceIp(req)
    const { route, pathParameters } = request.matched
    const forwarded = forwardedBy(req, ip, newTraceId(epochMs))
    const event = formatHttpEvent({
      ...request,
      routeKey: route.routeKey,
      httpVersion: req.httpVersion,
      headers: withForwardedHeaders(headerPairs(req.rawHeaders), forwarded),
      ...(pathParameters && { pathParameters }),
      sourceIp: ip,
      requestId: entry.requestId,
      epochMs,
      domainName: options.domainName ?? 'localhost',
      apiId: options.apiId ?? 'local',
      accountId: options.accountId ?? '000000000000',
    })
    const outcome = await invoke(route.handler, event, {
      functionName: route.functionName ?? route.routeKey,
      timeoutMs: limits.integrationTimeoutMs,
      onLateError: (error) => log({ ...entry, type: 'error', error }),
    })
    if (outcome.kind === 'returned') return parseHttpResult(outcome.value, limits.responseBytes)
    entry.error = outcome.error
    return outcome.kind === 'timed_out'
      ? messageReply(503, 'Service Unavailable')
      : messageReply(500, 'Internal Server Error')
  }

  return {
    handle(req, res) {
      inFlight.track(serve(req, res))
    },
    async close() {
      closing = true
      await inFlight.idle()
    },
  }
}

function send(
  req: IncomingMessage,
  res: ServerResponse,
  reply: HttpReply,
  requestId: string,
  unsent: UnsentAnswers,
): void {
  if (res.destroyed || res.headersSent) return
  const bodiless = reply.statusCode === 204 || reply.statusCode === 304
  res.writeHead(reply.statusCode, {
    ...reply.headers,
    'apigw-requestid': requestId,
    ...(!bodiless && { 'content-length': String(reply.body.length) }),
  })
  if (bodiless || req.method === 'HEAD') return void res.end()
  unsent.add(req.socket, res, reply.body.length)
  res.end(reply.body)
}
