import type { Hono } from 'hono'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { withRequestId } from '../../src/core/monitoring/request-id.ts'
import { toUrl } from './plain-path.ts'
import type { Env } from './request.ts'

/**
 * Passes an event (payload 2.0) to an app, and converts the response. Every answer is text, so this is all that has
 * to be converted. (hono's own adapter is deprecated.)
 */
export async function fetchEvent(
  app: Hono<Env>,
  event: APIGatewayProxyEventV2,
): Promise<APIGatewayProxyStructuredResultV2> {
  const { requestId } = event.requestContext
  const response = await withRequestId(requestId, () => app.fetch(toRequest(event), { event }))
  const cookies = response.headers.getSetCookie()
  return {
    statusCode: response.status,
    headers: Object.fromEntries([...response.headers].filter(([name]) => name !== 'set-cookie')),
    ...(cookies.length > 0 && { cookies }),
    body: await response.text(),
  }
}

/** A Request cannot have these methods (Fetch: "forbidden method"). No route has them either. */
const forbiddenMethods = new Set(['CONNECT', 'TRACE', 'TRACK'])

function toRequest(event: APIGatewayProxyEventV2): Request {
  const { method } = event.requestContext.http
  const hasBody = event.body !== undefined && method !== 'GET' && method !== 'HEAD'
  const headers = Object.entries(event.headers).map(([name, value]): [string, string] => [
    name,
    value ?? '',
  ])
  if (event.cookies) headers.push(['cookie', event.cookies.join('; ')])
  return new Request(toUrl(event.rawPath, event.rawQueryString), {
    method: forbiddenMethods.has(method) ? 'UNKNOWN' : method,
    headers,
    ...(hasBody && {
      body: event.isBase64Encoded ? Buffer.from(event.body!, 'base64') : event.body!,
    }),
  })
}
