import { validateHeaderName, validateHeaderValue } from 'node:http'

export interface HttpReply {
  statusCode: number
  headers: Record<string, string | string[]>
  body: Buffer
}

/** The reason why the gateway answers 500 instead of the handler's result. */
export class MalformedResponseError extends Error {
  override name = 'MalformedResponseError'
}

export function messageReply(statusCode: number, message: string): HttpReply {
  return jsonReply(statusCode, JSON.stringify({ message }))
}

function jsonReply(statusCode: number, json: string): HttpReply {
  return { statusCode, headers: { 'content-type': 'application/json' }, body: Buffer.from(json) }
}

/**
 * Parses a result in payload format 2.0. Without `statusCode` the whole value is the JSON body of a 200. Throws
 * MalformedResponseError where API Gateway answers 500.
 */
export function parseHttpResult(result: unknown, maxBytes: number): HttpReply {
  const reply =
    isRecord(result) && result['statusCode'] !== undefined ? explicit(result) : implicit(result)
  if (reply.body.length > maxBytes) {
    throw new MalformedResponseError(
      `response has ${reply.body.length} bytes: keep it under ${maxBytes}`,
    )
  }
  return reply
}

function implicit(result: unknown): HttpReply {
  // A string is the body itself, without quotes (aws/aws-lambda-dotnet#1934).
  if (typeof result === 'string') return jsonReply(200, result)
  try {
    return jsonReply(200, JSON.stringify(result) ?? 'null')
  } catch (cause) {
    throw new MalformedResponseError('response is not JSON: return plain data', { cause })
  }
}

function explicit(result: Record<string, unknown>): HttpReply {
  const { statusCode, headers, cookies, body, isBase64Encoded } = result
  if (
    typeof statusCode !== 'number' ||
    !Number.isInteger(statusCode) ||
    statusCode < 200 ||
    statusCode > 599
  ) {
    throw new MalformedResponseError(
      `statusCode is ${String(statusCode)}: give an integer from 200 to 599`,
    )
  }
  if (body !== undefined && body !== null && typeof body !== 'string') {
    throw new MalformedResponseError(`body is a ${typeof body}: give a string`)
  }
  const reply: HttpReply = {
    statusCode,
    headers: { 'content-type': 'text/plain;charset=utf-8', ...parseHeaders(headers) },
    body: Buffer.from(body ?? '', isBase64Encoded === true ? 'base64' : 'utf8'),
  }
  const set = parseCookies(cookies)
  if (set.length > 0)
    reply.headers['set-cookie'] = [...[reply.headers['set-cookie'] ?? []].flat(), ...set]
  return reply
}

// The gateway sets these headers itself.
const OWN_HEADERS = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
])

function parseHeaders(headers: unknown): Record<string, string> {
  if (headers === undefined || headers === null) return {}
  if (!isRecord(headers))
    throw new MalformedResponseError('headers is not an object: give name and value')
  const parsed: [string, string][] = []
  for (const [key, value] of Object.entries(headers)) {
    const name = key.toLowerCase()
    if (value === undefined || value === null || OWN_HEADERS.has(name)) continue
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
      throw new MalformedResponseError(`header ${name} is a ${typeof value}: give a string`)
    }
    parsed.push([name, checkHeader(name, String(value))])
  }
  return Object.fromEntries(parsed)
}

function parseCookies(cookies: unknown): string[] {
  if (cookies === undefined || cookies === null) return []
  if (!Array.isArray(cookies))
    throw new MalformedResponseError('cookies is not an array: give strings')
  return cookies.map((cookie: unknown) => {
    if (typeof cookie !== 'string') {
      throw new MalformedResponseError(`a cookie is a ${typeof cookie}: give a string`)
    }
    return checkHeader('set-cookie', cookie)
  })
}

function checkHeader(name: string, value: string): string {
  try {
    validateHeaderName(name)
    validateHeaderValue(name, value)
    return value
  } catch (cause) {
    throw new MalformedResponseError('a header is not legal in HTTP: remove control characters', {
      cause,
    })
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
