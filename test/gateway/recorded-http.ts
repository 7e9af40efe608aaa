import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import {
  createHttpApi,
  type HttpApiEmulator,
  type HttpApiOptions,
} from '../../src/emulators/api-gateway/http-api.ts'
import type { GatewayLogEntry } from '../../src/emulators/api-gateway/log.ts'
import { Inbox } from '../support/inbox.ts'
import { OK, type Recorder, record } from '../support/gateway.ts'
import { listen } from '../support/listen.ts'

export interface Http extends AsyncDisposable {
  api: HttpApiEmulator
  port: number
  url: string
  events: Inbox<APIGatewayProxyEventV2>
  log: Inbox<GatewayLogEntry>
}

/** Starts an HTTP API on a port of its own. Its only route records its events. */
export async function startHttp(
  respond: Parameters<typeof record<APIGatewayProxyEventV2>>[0] = () => OK,
  options: Partial<HttpApiOptions> = {},
): Promise<Http> {
  const recorder: Recorder<APIGatewayProxyEventV2> = record(respond)
  const log = new Inbox<GatewayLogEntry>()
  const api = createHttpApi({
    routes: [{ routeKey: 'ANY /api/{proxy+}', handler: recorder.handler }],
    log: (entry) => log.push(entry),
    ...options,
  })
  const listener = await listen((req, res) => api.handle(req, res))
  return {
    api,
    port: listener.port,
    url: `http://127.0.0.1:${listener.port}/api`,
    events: recorder.events,
    log,
    async [Symbol.asyncDispose]() {
      await listener[Symbol.asyncDispose]()
    },
  }
}
