import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { onColdStart } from '../on-cold-start.ts'
import type { Runtime } from '../runtime.ts'
import { createApp } from './app.ts'

/**
 * The HTTP API: a payload 2.0 event in, a response out. Every answer of the API is text, and it sets
 * no cookie, so that this is all there is to translate. (hono's own adapter is deprecated.)
 */
export function api(runtime: Runtime) {
  const app = createApp(runtime)
  return async (event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> => {
    const response = await app.fetch(toRequest(event), { event })
    return {
      statusCode: response.status,
      headers: Object.fromEntries(response.headers),
      body: await response.text(),
    }
  }
}

/** A Request cannot have them (Fetch, "forbidden method"); no route has them either. */
const forbiddenMethods = new Set(['CONNECT', 'TRACE', 'TRACK'])

function toRequest(event: APIGatewayProxyEventV2): Request {
  const { method } = event.requestContext.http
  const query = event.rawQueryString === '' ? '' : `?${event.rawQueryString}`
  const hasBody = event.body !== undefined && method !== 'GET' && method !== 'HEAD'
  // The path comes decoded: a # in it (the emoji #️⃣) is no fragment.
  const path = event.rawPath.replaceAll('#', '%23')
  // The paths of a routing table have no host; a Request has to have one.
  return new Request(`https://api.invalid${path}${query}`, {
    method: forbiddenMethods.has(method) ? 'UNKNOWN' : method,
    headers: Object.entries(event.headers).map(([name, value]) => [name, value ?? '']),
    ...(hasBody && {
      body: event.isBase64Encoded ? Buffer.from(event.body!, 'base64') : event.body!,
    }),
  })
}

export const handler = onColdStart(async (environment) => {
  const { createApiRuntime } = await import('../cold-start/api-runtime.ts')
  return createApiRuntime(environment)
}, api)
