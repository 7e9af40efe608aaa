import { isUtf8 } from 'node:buffer'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { formatRequestTime } from './ids.ts'
import type { HeaderPair } from './request-info.ts'

export interface HttpEventInput {
  routeKey: string
  method: string
  /** As returned by `decodePath`. */
  path: string
  rawQueryString: string
  httpVersion: string
  headers: readonly HeaderPair[]
  body: Buffer
  pathParameters?: Record<string, string>
  sourceIp: string
  requestId: string
  epochMs: number
  domainName: string
  apiId: string
  accountId: string
}

// These headers are about the connection to the gateway, not about the request.
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'cookie'])

/** An HTTP API's event in payload format 2.0, on the `$default` stage. */
export function formatHttpEvent(input: HttpEventInput): APIGatewayProxyEventV2 {
  const headers = joinPairs(
    input.headers
      .map(([name, value]): HeaderPair => [name.toLowerCase(), value])
      .filter(([name]) => !HOP_BY_HOP.has(name)),
  )
  const cookies = input.headers
    .filter(([name]) => name.toLowerCase() === 'cookie')
    .flatMap(([, value]) => value.split(/;\s*/))
    .filter((cookie) => cookie !== '')
  const query = joinPairs([...new URLSearchParams(input.rawQueryString)])
  const text = isTextBody(headers['content-type'], input.body)

  return {
    version: '2.0',
    routeKey: input.routeKey,
    rawPath: input.path,
    rawQueryString: input.rawQueryString,
    ...(cookies.length > 0 && { cookies }),
    headers,
    ...(Object.keys(query).length > 0 && { queryStringParameters: query }),
    requestContext: {
      accountId: input.accountId,
      apiId: input.apiId,
      domainName: input.domainName,
      domainPrefix: input.domainName.split('.')[0] ?? '',
      http: {
        method: input.method,
        path: input.path,
        protocol: `HTTP/${input.httpVersion}`,
        sourceIp: input.sourceIp,
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: input.requestId,
      routeKey: input.routeKey,
      stage: '$default',
      time: formatRequestTime(input.epochMs),
      timeEpoch: input.epochMs,
    },
    ...(input.pathParameters && { pathParameters: input.pathParameters }),
    ...(input.body.length > 0 && { body: input.body.toString(text ? 'utf8' : 'base64') }),
    isBase64Encoded: input.body.length > 0 && !text,
  }
}

/**
 * Decodes a path as an HTTP API does. `rawPath` is decoded too. A `?` that only appears by decoding ends the path
 * (live captures in middleapi/standard-server#93). A path that cannot be decoded stays as it is.
 */
export function decodePath(path: string): string {
  try {
    return decodeURIComponent(path).split('?', 1)[0] || '/'
  } catch {
    return path
  }
}

function joinPairs(pairs: readonly HeaderPair[]): Record<string, string> {
  const values = new Map<string, string>()
  for (const [name, value] of pairs) {
    const before = values.get(name)
    values.set(name, before === undefined ? value : `${before},${value}`)
  }
  return Object.fromEntries(values)
}

const TEXT_TYPES = new Set(['application/json', 'application/xml', 'application/javascript'])

/**
 * Only these types arrive as text. All others, including forms, arrive in base64, as tested on AWS in
 * ministackorg/ministack#766.
 */
function isTextBody(contentType: string | undefined, body: Buffer): boolean {
  const type = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
  return (type.startsWith('text/') || TEXT_TYPES.has(type)) && isUtf8(body)
}
