import { admin } from '../../../functions/admin/app.ts'
import { adminRoutes } from '../../../functions/routes.ts'
import { createRuntime } from '../../../functions/runtime.ts'
import { readPeer } from '../../../functions/viewer.ts'
import { createManagementClient } from '../../aws/management-client.ts'
import { createApiGatewaySender } from '../../aws/sender.ts'
import { createInlineFanOut } from '../../core/fan-out/inline-fan-out.ts'
import { noMetrics } from '../../core/monitoring/no-metrics.ts'
import { bodyBytesOfAdmin } from './body-sizes.ts'
import { connectionLimits } from './connection-guard.ts'
import { createAdminDoor } from './front-door.ts'
import { createHttpApi } from '../../emulators/api-gateway/http-api.ts'
import { peerAddress } from '../../emulators/api-gateway/request-info.ts'
import type { Credentials } from '../../emulators/api-gateway/sigv4.ts'
import { listen } from './listener.ts'
import { startPasswordWorker } from './password-worker.ts'
import { forwardedAddress, keepTally, type ServeOptions, toGatewayLog } from './server.ts'

export interface ServeAdminOptions extends Pick<
  ServeOptions,
  | 'db'
  | 'host'
  | 'adminPort'
  | 'trustProxy'
  | 'limits'
  | 'adminTotp'
  | 'log'
  | 'connectionLimits'
  | 'passwords'
> {
  /** The address where people find the page of the chat. */
  readonly chatUrl: string
  /** The URL of `@connections` on the server that holds the connections, with its stage. */
  readonly connectionsUrl: string
  readonly credentials: Credentials
}

export interface RunningAdmin extends AsyncDisposable {
  readonly adminPort: number
  close(): Promise<void>
}

/** Serves the admin's pages alone. The server that holds the connections sends to them and closes them. */
export async function serveAdmin(options: ServeAdminOptions): Promise<RunningAdmin> {
  const { db, log, limits, host, connectionsUrl: endpoint, credentials } = options
  const passwords = options.passwords ?? startPasswordWorker()
  const client = createManagementClient({ endpoint, region: 'local', credentials })
  const sender = createApiGatewaySender({ client, log, metrics: noMetrics })
  const runtime = createRuntime({
    db,
    sender,
    fanOut: createInlineFanOut({ db, sender }),
    passwords,
    readViewer: readPeer,
    metrics: noMetrics,
    limits,
    adminTotp: options.adminTotp ?? 'optional',
    chatUrl: () => options.chatUrl,
    log,
  })
  const sourceIp = options.trustProxy ? forwardedAddress : peerAddress
  const handler = admin(runtime)
  const api = createHttpApi({
    log: toGatewayLog(log),
    sourceIp,
    bodyBytes: bodyBytesOfAdmin,
    routes: adminRoutes.map(({ routeKey, function: functionName }) => ({
      routeKey,
      handler,
      functionName,
    })),
  })
  const endTally = keepTally(runtime.tally)
  try {
    const listener = await listen(
      { host, port: options.adminPort },
      {
        limits: { ...connectionLimits, ...options.connectionLimits },
        log,
        addressOf: options.trustProxy ? forwardedAddress : undefined,
        request: createAdminDoor(api),
      },
    )
    const close = async () => {
      await listener.close(async () => await api.close())
      await end()
    }
    return { adminPort: listener.port, close, [Symbol.asyncDispose]: close }
  } catch (error) {
    await end()
    throw error
  }

  async function end(): Promise<void> {
    await endTally()
    client.destroy()
    await passwords[Symbol.asyncDispose]()
  }
}
