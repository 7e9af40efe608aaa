import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Connections } from './connections.ts'
import { discardRest, readHttpBody } from './http-body.ts'
import { newGatewayId } from './ids.ts'
import { createSafeLog, type GatewayLog, type GatewayLogEntry } from './log.ts'
import { splitTarget } from './request-info.ts'
import { type Credentials, findSignatureFault } from './sigv4.ts'
import type { TokenBucket } from './token-bucket.ts'

export interface ConnectionsApiOptions {
  stage: string
  connections: Connections
  /** The only key that may call. */
  credentials: Credentials
  log?: GatewayLog
  now?: () => number
  /** Callbacks count against the account's rate, like requests and messages. If absent, they are not throttled. */
  throttle?: TokenBucket
}

export interface ConnectionsApi {
  handle(req: IncomingMessage, res: ServerResponse): void
}

interface Answer {
  status: number
  /** The SDK takes the error's class only from this header. Without it the class is "Unknown". */
  errorType?: string
  json?: unknown
}

const DATA_BYTES = 128 * 1024
const BODY_TIMEOUT_MS = 30_000

const GONE: Answer = { status: 410, errorType: 'GoneException' }
const TOO_LARGE: Answer = {
  status: 413,
  errorType: 'PayloadTooLargeException',
  json: { message: 'Maximum payload size exceeded' },
}
const LIMIT_EXCEEDED: Answer = {
  status: 429,
  errorType: 'LimitExceededException',
  json: { message: 'Rate limit exceeded, or the client side buffer is full' },
}

/** The @connections API over HTTP, for the AWS SDK: `/<stage>/@connections/<connection id>`. */
export function createConnectionsApi(options: ConnectionsApiOptions): ConnectionsApi {
  const { connections, credentials, throttle } = options
  const log = createSafeLog(options.log)
  const now = options.now ?? Date.now

  async function serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const startedAt = performance.now()
    const entry: GatewayLogEntry = { type: 'http', requestId: newGatewayId() }
    Object.assign(entry, { method: req.method, path: splitTarget(req.url ?? '/').path })
    res.on('error', () => undefined)
    try {
      const answered = await answer(req, entry)
      if (answered) {
        entry.status = answered.status
        send(res, answered, entry.requestId)
      }
    } catch (error) {
      Object.assign(entry, { status: 500, error })
      send(res, { status: 500, errorType: 'InternalServerErrorException' }, entry.requestId)
    }
    discardRest(req)
    entry.durationMs = performance.now() - startedAt
    log(entry)
  }

  async function answer(req: IncomingMessage, entry: GatewayLogEntry): Promise<Answer | undefined> {
    const connectionId = connectionIdIn(req, options.stage)
    if (connectionId === undefined) return noMethod(req)
    const read = await readHttpBody(req, { maxBytes: DATA_BYTES, timeoutMs: BODY_TIMEOUT_MS })
    if (read.kind === 'aborted') return undefined
    if (read.kind === 'timed_out') return { status: 408 }
    if (read.kind === 'too_large') return TOO_LARGE
    const fault = await findSignatureFault(req, read.body, { credentials, now: now() })
    if (fault !== undefined) {
      return { status: 403, errorType: 'ForbiddenException', json: { message: fault } }
    }
    entry.connectionId = connectionId
    entry.routeKey = `${req.method} @connections`
    if (throttle && !throttle.take()) return LIMIT_EXCEEDED
    return act(req.method, connectionId, read.body)
  }

  function act(method: string | undefined, connectionId: string, body: Buffer): Answer {
    if (method === 'POST') {
      const result = connections.post(connectionId, body)
      return {
        sent: { status: 200 },
        gone: GONE,
        too_large: TOO_LARGE,
        limit_exceeded: LIMIT_EXCEEDED,
      }[result]
    }
    if (method === 'DELETE') {
      return connections.delete(connectionId) === 'deleted' ? { status: 204 } : GONE
    }
    // The SDK reads only lower camel case and ISO 8601, which is how JSON writes a Date.
    const details = connections.get(connectionId)
    return details ? { status: 200, json: details } : GONE
  }

  return {
    handle(req, res) {
      void serve(req, res)
    },
  }
}

function connectionIdIn(req: IncomingMessage, stage: string): string | undefined {
  if (!['POST', 'GET', 'DELETE'].includes(req.method ?? '')) return undefined
  try {
    const parts = splitTarget(req.url ?? '/')
      .path.split('/')
      .map(decodeURIComponent)
    const [root, inStage, resource, connectionId, ...rest] = parts
    const matches = root === '' && inStage === stage && resource === '@connections'
    return matches && connectionId && rest.length === 0 ? connectionId : undefined
  } catch {
    return undefined
  }
}

function noMethod(req: IncomingMessage): Answer {
  const { path } = splitTarget(req.url ?? '/')
  const message = `No method found matching route ${path.slice(1)} for http method ${req.method}.`
  return { status: 404, errorType: 'NotFoundException', json: { message } }
}

function send(res: ServerResponse, { status, errorType, json }: Answer, requestId: string): void {
  if (res.destroyed || res.headersSent) return
  const body = json === undefined ? '' : JSON.stringify(json)
  res.writeHead(status, {
    'x-amzn-RequestId': requestId,
    ...(errorType !== undefined && { 'x-amzn-ErrorType': errorType }),
    ...(body !== '' && { 'content-type': 'application/json' }),
    ...(status !== 204 && { 'content-length': Buffer.byteLength(body) }),
  })
  res.end(body)
}
