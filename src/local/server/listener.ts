import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  STATUS_CODES,
} from 'node:http'
import type { Duplex } from 'node:stream'
import { type GuardOptions, guardConnections } from './connection-guard.ts'

/**
 * How many connections may wait to be accepted, as when all clients connect again after a restart. The kernel resets
 * further ones.
 */
const backlog = 4_096

export type Upgrade = (req: IncomingMessage, socket: Duplex, head: Buffer) => void

export interface Listener {
  readonly port: number
  /** Stops accepting connections. Open connections are cut once `drain` has resolved. */
  close(drain: () => Promise<void>): Promise<void>
}

export interface Handlers {
  /** Is called before the guard may refuse the request. */
  readonly prepare?: RequestListener | undefined
  readonly request: RequestListener
  readonly upgrade?: Upgrade | undefined
}

interface Address {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
}

/** Listens for HTTP on a public port. An offer to upgrade to anything but a WebSocket is ignored. */
export async function listen(
  address: Address,
  { prepare, request, upgrade, ...guarded }: GuardOptions & Handlers,
): Promise<Listener> {
  const { headersMs } = guarded.limits
  const server = createServer({
    maxHeaderSize: 16 * 1024,
    keepAliveTimeout: 60_000,
    headersTimeout: headersMs,
    // This includes the body. The gateway is stricter for the bodies that it reads.
    requestTimeout: 2 * headersMs,
    connectionsCheckingInterval: Math.min(5_000, headersMs),
    shouldUpgradeCallback: ({ headers }) =>
      upgrade !== undefined && headers.upgrade?.toLowerCase() === 'websocket',
  })
  const guard = guardConnections(server, guarded)
  server.on('request', (req, res) => {
    prepare?.(req, res)
    if (guard.admits(req, res)) request(req, res)
  })
  server.on('upgrade', (req, socket, head) => {
    if (guard.admits(req)) upgrade?.(req, socket, head)
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (!socket.writable) return void socket.destroy()
    const status = clientErrorStatus[error.code ?? ''] ?? 400
    socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n\r\n`)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ ...address, backlog }, () => {
      server.off('error', reject)
      resolve()
    })
  })
  return {
    port: portOf(server),
    async close(drain) {
      const closed = new Promise((resolve) => server.close(resolve))
      await drain()
      server.closeAllConnections()
      await closed
    },
  }
}

/** The statuses that node answers with if there is no listener for `clientError`. */
const clientErrorStatus: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
}

function portOf(server: Server): number {
  const address = server.address()
  if (typeof address !== 'object' || !address) throw new Error(`not a TCP address: ${address}`)
  return address.port
}
