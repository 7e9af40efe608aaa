import type { Hono } from 'hono'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { withRequestId } from '../../src/core/monitoring/request-id.ts'
import { EventRequest } from './event-request.ts'
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
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it has all that hono and the routes read
  const request = new EventRequest(event) as unknown as Request
  const response = await withRequestId(requestId, () => app.fetch(request, { event }))
  const cookies = response.headers.getSetCookie()
  return {
    statusCode: response.status,
    headers: Object.fromEntries([...response.headers].filter(([name]) => name !== 'set-cookie')),
    ...(cookies.length > 0 && { cookies }),
    body: await response.text(),
  }
}
