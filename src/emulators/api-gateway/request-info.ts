import type { IncomingMessage } from 'node:http'

export type HeaderPair = readonly [name: string, value: string]

/** Header names and values as the client wrote them. `req.headers` loses upper case and repeated headers. */
export function headerPairs(rawHeaders: readonly string[]): HeaderPair[] {
  const pairs: HeaderPair[] = []
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    pairs.push([rawHeaders[i] ?? '', rawHeaders[i + 1] ?? ''])
  }
  return pairs
}

/** Bytes of the request line and the headers on the wire. */
export function headBytes(req: IncomingMessage): number {
  let bytes = `${req.method ?? ''} ${req.url ?? ''} HTTP/1.1\r\n\r\n`.length
  for (const part of req.rawHeaders) bytes += part.length + 2
  return bytes
}

export interface RequestTarget {
  path: string
  /** Without the `?`; empty if there is none. */
  rawQueryString: string
}

export function splitTarget(url: string): RequestTarget {
  // An absolute target (`GET http://host/path`) is legal in HTTP/1.1.
  const origin = /^[a-z][a-z0-9+.-]*:\/\/[^/?]*/i.exec(url)?.[0] ?? ''
  const target = url.slice(origin.length)
  const query = target.indexOf('?')
  if (query < 0) return { path: target || '/', rawQueryString: '' }
  return { path: target.slice(0, query) || '/', rawQueryString: target.slice(query + 1) }
}

export function peerAddress(req: IncomingMessage): string {
  return (req.socket.remoteAddress ?? '').replace(/^::ffff:/, '')
}

export interface Forwarded {
  sourceIp: string
  port: string
  proto: 'http' | 'https'
  traceId: string
}

export function forwardedBy(req: IncomingMessage, sourceIp: string, traceId: string): Forwarded {
  const proto = 'encrypted' in req.socket ? 'https' : 'http'
  return { sourceIp, port: String(req.socket.localPort ?? ''), proto, traceId }
}

/**
 * Adds the headers that API Gateway puts on every request. Its own trace id, port and scheme replace the client's
 * values. The address that it saw is appended to the client's list.
 */
export function withForwardedHeaders(pairs: HeaderPair[], forwarded: Forwarded): HeaderPair[] {
  const own = new Set([
    'x-amzn-trace-id',
    'x-forwarded-for',
    'x-forwarded-port',
    'x-forwarded-proto',
  ])
  const claimed = pairs.filter(([name]) => name.toLowerCase() === 'x-forwarded-for')
  const chain = [...claimed.map(([, value]) => value), forwarded.sourceIp].join(', ')
  return [
    ...pairs.filter(([name]) => !own.has(name.toLowerCase())),
    ['X-Amzn-Trace-Id', forwarded.traceId],
    ['X-Forwarded-For', chain],
    ['X-Forwarded-Port', forwarded.port],
    ['X-Forwarded-Proto', forwarded.proto],
  ]
}
