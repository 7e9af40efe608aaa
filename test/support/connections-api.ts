import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi'
import { createConnectionsApi } from '../../src/emulators/api-gateway/connections-api.ts'
import type { Connections } from '../../src/emulators/api-gateway/connections.ts'
import type { TokenBucket } from '../../src/emulators/api-gateway/token-bucket.ts'
import { type Gateway, type GatewayOptions, startGateway } from './gateway.ts'
import { listen } from './listen.ts'

export const CREDENTIALS = { accessKeyId: 'AKIDLOCAL', secretAccessKey: 'a secret of this test' }
export const UNKNOWN_ID = 'TXzPWdnOjoECGjA='

export interface TestConnectionsApi extends AsyncDisposable {
  base: string
  client(overrides?: object): ApiGatewayManagementApiClient
}

/** Starts the @connections listener, and makes SDK clients for it. */
export async function startConnectionsApi(
  connections: Connections,
  options: { now?: () => number; throttle?: TokenBucket } = {},
): Promise<TestConnectionsApi> {
  const api = createConnectionsApi({
    stage: 'local',
    connections,
    credentials: CREDENTIALS,
    ...options,
  })
  const listener = await listen((req, res) => api.handle(req, res))
  const base = `http://127.0.0.1:${listener.port}/local`
  const clients: ApiGatewayManagementApiClient[] = []
  return {
    base,
    client(overrides = {}) {
      const client = new ApiGatewayManagementApiClient({
        endpoint: base,
        region: 'eu-central-1',
        credentials: CREDENTIALS,
        maxAttempts: 1,
        ...overrides,
      })
      clients.push(client)
      return client
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.destroy()
      await listener[Symbol.asyncDispose]()
    },
  }
}

/** Starts a gateway with its @connections listener. */
export async function startGatewayAndConnectionsApi(
  options: GatewayOptions = {},
): Promise<Gateway & { connectionsApi: TestConnectionsApi }> {
  const gateway = await startGateway(options)
  const connectionsApi = await startConnectionsApi(gateway.api.connections)
  return {
    ...gateway,
    connectionsApi,
    async [Symbol.asyncDispose]() {
      await connectionsApi[Symbol.asyncDispose]()
      await gateway[Symbol.asyncDispose]()
    },
  }
}
