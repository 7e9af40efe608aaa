import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import type { Runtime } from '../runtime.ts'
import { createApp } from './app.ts'
import { fetchEvent } from './fetch-event.ts'

/** The HTTP API: a payload 2.0 event in, a response out. */
export function api(runtime: Runtime) {
  const app = createApp(runtime)
  return async (event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> =>
    await fetchEvent(app, event)
}
