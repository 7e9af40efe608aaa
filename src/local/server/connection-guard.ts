import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { networkOf } from '../../core/limits/network-of.ts'
import type { Log } from '../../core/ports.ts'

/** What the clients of a port may take together, of what no account is needed for. */
export interface ConnectionLimits {
  /**
   * Open at once from one address; the addresses of an IPv6 /64 count as one. Behind a trusted proxy, where all
   * connections come from one address: requests under way and WebSockets of one client.
   */
  readonly perAddress: number
  /** Open at once. */
  readonly inAll: number
  /** Of one connection, requests that are not answered yet. Who sends more at once does not wait for answers. */
  readonly requestsAtOnce: number
  /** A connection that takes nothing for so long, while data waits for it, is cut. */
  readonly stallMs: number
  /** The longest a client may take to send its headers, from when it has connected. */
  readonly headersMs: number
}

export const connectionLimits: ConnectionLimits = {
  perAddress: 1_000,
  inAll: 10_000,
  requestsAtOnce: 16,
  stallMs: 20_000,
  headersMs: 30_000,
}

export interface GuardOptions {
  readonly limits: ConnectionLimits
  readonly log: Log
  /** Of the client, as a trusted proxy tells it. Undefined: no proxy is trusted, and the connection's own counts. */
  readonly addressOf?: ((req: IncomingMessage) => string) | undefined
}

export interface ConnectionGuard {
  /** Whether a request, or an upgrade, which has no response, may go on. If not, it has been refused. */
  admits(req: IncomingMessage, res?: ServerResponse): boolean
}

interface Watched {
  requests: number
  /** What the connection counts in by address, until it is answered or closed. */
  readonly leaves: Set<() => void>
  takenBytes: number
  takenAt: number
}

const tooManyOfAddress = [429, 'too many connections from your address: close some'] as const
const tooManyInAll = [503, 'the server has too many connections: try again later'] as const

/** Keeps the connections of a server within limits. */
export function guardConnections(
  server: Server,
  { limits, log, addressOf }: GuardOptions,
): ConnectionGuard {
  const open = new Map<Socket, Watched>()
  const byNetwork = new Map<string, number>()
  const count = createCounts(log)

  /** Counts one in; gives what counts it out again. Undefined where there are too many. */
  function enter(address: string): (() => void) | undefined {
    const network = networkOf(address)
    const others = byNetwork.get(network) ?? 0
    if (others >= limits.perAddress) return undefined
    byNetwork.set(network, others + 1)
    return () => {
      const left = byNetwork.get(network)! - 1
      if (left > 0) byNetwork.set(network, left)
      else byNetwork.delete(network)
    }
  }

  server.on('connection', (socket: Socket) => {
    if (open.size >= limits.inAll) {
      count('refusedInAll')
      return refuse(socket, ...tooManyInAll)
    }
    const watched: Watched = { requests: 0, leaves: new Set(), takenBytes: 0, takenAt: 0 }
    if (!addressOf) {
      const leave = enter(socket.remoteAddress ?? '')
      if (!leave) {
        count('refusedOfAddress')
        return refuse(socket, ...tooManyOfAddress)
      }
      watched.leaves.add(leave)
    }
    open.set(socket, watched)
    socket.once('close', () => {
      open.delete(socket)
      for (const leave of watched.leaves) leave()
    })
  })

  const timer = setInterval(
    () => {
      const now = performance.now()
      for (const [socket, watched] of open) {
        const { takenBytes, waits } = readProgress(socket)
        if (!waits || takenBytes !== watched.takenBytes) {
          watched.takenBytes = takenBytes
          watched.takenAt = now
        } else if (now - watched.takenAt >= limits.stallMs) {
          count('cutForTakingNothing')
          // After an orderly end the kernel would keep for minutes what was not taken.
          socket.resetAndDestroy()
        }
      }
    },
    Math.min(1_000, limits.stallMs / 4),
  )
  timer.unref()
  server.once('close', () => clearInterval(timer))

  return {
    admits(req, res) {
      const watched = open.get(req.socket)
      // Its connection has been refused.
      if (!watched) return false
      if (res) {
        watched.requests += 1
        res.once('close', () => (watched.requests -= 1))
        if (watched.requests > limits.requestsAtOnce) {
          count('cutForRequestsAtOnce')
          req.socket.destroy()
          return false
        }
      }
      if (!addressOf) return true
      const leave = enter(addressOf(req))
      if (!leave) {
        count('refusedOfAddress')
        if (res) answer(res, ...tooManyOfAddress)
        else refuse(req.socket, ...tooManyOfAddress)
        return false
      }
      watched.leaves.add(leave)
      // An upgrade has no response: it counts as long as its connection.
      res?.once('close', () => {
        if (watched.leaves.delete(leave)) leave()
      })
      return true
    },
  }
}

/**
 * What the kernel has taken of all that was written to a socket, and whether it has yet to take some. Node has
 * both on the socket's handle alone, and looks at them there for the timeouts of its own.
 */
function readProgress(socket: Socket): { takenBytes: number; waits: boolean } {
  const handle: unknown = Reflect.get(socket, '_handle')
  const read = (name: string) => Number(Reflect.get(Object(handle), name) ?? 0)
  const queued = read('writeQueueSize')
  return { takenBytes: read('bytesWritten') - queued, waits: queued > 0 }
}

const headers = { 'Content-Type': 'application/json', 'Retry-After': '10' }

function answer(res: ServerResponse, status: number, message: string): void {
  res.writeHead(status, headers).end(JSON.stringify({ message }))
}

const lingerMs = 1_000
const lingeringMax = 100
const lingering = new Set<Socket>()

/**
 * Answers, and closes. A connection that is closed before its request was read is reset, and loses the answer: so
 * a few linger until they are read, and with a crowd of them it is lost.
 */
function refuse(socket: Socket, status: number, message: string): void {
  const body = JSON.stringify({ message })
  const lines = Object.entries({
    ...headers,
    'Content-Length': Buffer.byteLength(body),
    Connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.on('error', () => undefined)
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`)
  if (lingering.size >= lingeringMax) return socket.destroySoon()
  lingering.add(socket)
  socket.resume()
  const timer = setTimeout(() => socket.destroy(), lingerMs)
  socket.once('close', () => {
    clearTimeout(timer)
    lingering.delete(socket)
  })
}

type Count = 'refusedInAll' | 'refusedOfAddress' | 'cutForTakingNothing' | 'cutForRequestsAtOnce'

const logEveryMs = 60_000

/** Logs the first of what is counted, and then how many there were, at most once a minute: there may be very many. */
function createCounts(log: Log): (what: Count) => void {
  let counts: Partial<Record<Count, number>> = {}
  let loggedAt = -Infinity
  return (what) => {
    counts[what] = (counts[what] ?? 0) + 1
    const now = performance.now()
    if (now - loggedAt < logEveryMs) return
    loggedAt = now
    log.warn('connections were refused or cut', counts)
    counts = {}
  }
}
