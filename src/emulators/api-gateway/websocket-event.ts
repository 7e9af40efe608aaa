import { formatRequestTime } from './ids.ts'
import type { HeaderPair } from './request-info.ts'

export interface ConnectionIdentity {
  sourceIp: string
  /** Absent if the client sent none. */
  userAgent?: string
}

/** The parts that all events of one connection have in common. */
export interface ConnectionInfo {
  connectionId: string
  connectedAt: number
  identity: ConnectionIdentity
  stage: string
  domainName: string
  apiId: string
}

export interface EventStamp {
  requestId: string
  epochMs: number
}

interface RequestContext {
  routeKey: string
  eventType: 'CONNECT' | 'MESSAGE' | 'DISCONNECT'
  messageId?: string
  disconnectStatusCode?: number
  disconnectReason?: string
  extendedRequestId: string
  requestTime: string
  messageDirection: 'IN'
  stage: string
  connectedAt: number
  requestTimeEpoch: number
  identity: ConnectionIdentity
  requestId: string
  domainName: string
  connectionId: string
  apiId: string
}

interface HeaderMaps {
  headers: Record<string, string>
  multiValueHeaders: Record<string, string[]>
}

export interface GatewayConnectEvent extends HeaderMaps {
  queryStringParameters?: Record<string, string>
  multiValueQueryStringParameters?: Record<string, string[]>
  requestContext: RequestContext
  isBase64Encoded: false
}

export interface MessageEvent {
  requestContext: RequestContext
  body: string
  isBase64Encoded: false
}

export interface GatewayDisconnectEvent extends HeaderMaps {
  requestContext: RequestContext
  isBase64Encoded: false
}

export function formatConnectEvent(
  info: ConnectionInfo,
  stamp: EventStamp,
  request: { headers: readonly HeaderPair[]; rawQueryString: string },
): GatewayConnectEvent {
  const headers = request.headers.filter(([name]) => !/^(?:connection|upgrade)$/i.test(name))
  const query = [...new URLSearchParams(request.rawQueryString)]
  return {
    headers: lastValues(headers),
    multiValueHeaders: allValues(headers),
    ...(query.length > 0 && {
      queryStringParameters: lastValues(query),
      multiValueQueryStringParameters: allValues(query),
    }),
    requestContext: context(info, stamp, { routeKey: '$connect', eventType: 'CONNECT' }),
    isBase64Encoded: false,
  }
}

export function formatMessageEvent(
  info: ConnectionInfo,
  stamp: EventStamp,
  message: { routeKey: string; messageId: string; body: string },
): MessageEvent {
  const { routeKey, messageId, body } = message
  return {
    requestContext: context(info, stamp, { routeKey, eventType: 'MESSAGE', messageId }),
    body,
    isBase64Encoded: false,
  }
}

export function formatDisconnectEvent(
  info: ConnectionInfo,
  stamp: EventStamp,
  close: { code: number; reason: string },
): GatewayDisconnectEvent {
  const headers: HeaderPair[] = [
    ['Host', info.domainName],
    ['x-api-key', ''],
    ['X-Forwarded-For', ''],
    ['x-restapi', ''],
  ]
  return {
    headers: lastValues(headers),
    multiValueHeaders: allValues(headers),
    requestContext: context(info, stamp, {
      routeKey: '$disconnect',
      eventType: 'DISCONNECT',
      disconnectStatusCode: close.code,
      disconnectReason: close.reason,
    }),
    isBase64Encoded: false,
  }
}

function context(
  info: ConnectionInfo,
  stamp: EventStamp,
  own: Pick<RequestContext, 'routeKey' | 'eventType'> & Partial<RequestContext>,
): RequestContext {
  return {
    ...own,
    extendedRequestId: stamp.requestId,
    requestTime: formatRequestTime(stamp.epochMs),
    messageDirection: 'IN',
    stage: info.stage,
    connectedAt: info.connectedAt,
    requestTimeEpoch: stamp.epochMs,
    identity: { ...info.identity },
    requestId: stamp.requestId,
    domainName: info.domainName,
    connectionId: info.connectionId,
    apiId: info.apiId,
  }
}

function lastValues(pairs: readonly HeaderPair[]): Record<string, string> {
  return Object.fromEntries(pairs)
}

function allValues(pairs: readonly HeaderPair[]): Record<string, string[]> {
  const values = new Map<string, string[]>()
  for (const [name, value] of pairs) {
    const list = values.get(name)
    if (list) list.push(value)
    else values.set(name, [value])
  }
  return Object.fromEntries(values)
}
