export interface ProxyResult {
  statusCode: number
  /** The value of `Sec-WebSocket-Protocol`, whose name may be in any case. */
  subprotocol?: string
  body?: string
}

const KEYS = new Set(['statusCode', 'headers', 'multiValueHeaders', 'body', 'isBase64Encoded'])
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/**
 * Reads the result of a WebSocket route's handler. Returns undefined for a malformed proxy response. An unknown key
 * makes the response malformed, as on AWS (middyjs/middy#1219).
 */
export function parseProxyResult(value: unknown): ProxyResult | undefined {
  if (!isRecord(value)) return undefined
  // JSON drops a key whose value is undefined.
  const given = Object.keys(value).filter((key) => value[key] !== undefined)
  if (!given.every((key) => KEYS.has(key))) return undefined
  const { statusCode, body, headers, multiValueHeaders, isBase64Encoded } = value
  if (typeof statusCode !== 'number' || !Number.isInteger(statusCode)) return undefined
  if (statusCode < 200 || statusCode > 599) return undefined
  if (body !== undefined && body !== null && typeof body !== 'string') return undefined
  if (isBase64Encoded !== undefined && typeof isBase64Encoded !== 'boolean') return undefined
  if (!isAbsentOrRecord(headers) || !isAbsentOrRecord(multiValueHeaders)) return undefined

  const result: ProxyResult = { statusCode }
  if (typeof body === 'string') result.body = body
  const subprotocol = findSubprotocol({ ...multiValueHeaders, ...headers })
  if (subprotocol !== undefined) {
    // The subprotocol is written into the handshake as it is, so it must be a token.
    if (typeof subprotocol !== 'string' || !TOKEN.test(subprotocol)) return undefined
    result.subprotocol = subprotocol
  }
  return result
}

function findSubprotocol(headers: Record<string, unknown>): unknown {
  const found = Object.entries(headers).find(
    ([name]) => name.toLowerCase() === 'sec-websocket-protocol',
  )
  const value: unknown = found?.[1] ?? undefined
  return Array.isArray(value) ? value[0] : value
}

function isAbsentOrRecord(value: unknown): value is Record<string, unknown> | null | undefined {
  return value === undefined || value === null || isRecord(value)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
