import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { fetchEvent } from '../http/fetch-event.ts'
import type { AdminRuntime } from '../runtime.ts'
import { createAdminApp } from './app.ts'

/** The admin's pages: a payload 2.0 event in, a page out. */
export function admin(runtime: AdminRuntime) {
  const app = createAdminApp(runtime)
  return async (event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> =>
    await fetchEvent(app, event)
}
