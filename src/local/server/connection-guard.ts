import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { networkOf } from '../../core/limits/network-of.ts'
import type { Log } from '../../core/ports.ts'

/** Limits of one port for all clients together. They cover what a client can do without an account. */
export interface ConnectionLimits {
  /**
   * Open connections from one address. The addresses of an IPv6 /64 count as one address. Behind a trusted proxy, all
   * connections come from the proxy's address. There the limit counts the requests under way and the WebSockets of
   * one client.
   */
  readonly perAddress: number
  /** Open connections from all addresses. */
  readonly inAll: number
  /** Unanswered requests of one connection. A client above this limit sends requests without waiting for answers. */
  readonly requestsAtOnce: number
  /** A connection is cut if data has waited for it for so long and the client has taken none of it. */
  readonly stallMs: number
  /** How long a client may take to send its headers, counted from its connect. */
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
  /**
   * Reads the client's address from what a trusted proxy says. If undefined, no proxy is trusted, and the address of
   * the connection itself counts.
   */
  readonly addressOf?: ((req: IncomingMessage) => string) | undefined
}

export interface ConnectionGuard {
  /** Returns whether a request may go on. If not, it has been refused already. An upgrade has no response. */
  admits(req: IncomingMessage, res?: ServerResponse): boolean
}

interface Watched {
  requests: number
  /**
   * Each function counts out one entry of this connection in the counts by address, when the request is answered or
   * the connection is closed.
   */
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

  /**
   * Counts one entry in, and returns the function that counts it out again. Returns undefined if there are too many.
   */
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
          // A reset: after an orderly end, the kernel would keep the data that was not taken for minutes.
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
      // The connection of this request was refused.
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
      // An upgrade has no response, so it counts until its connection closes.
      res?.once('close', () => {
        if (watched.leaves.delete(leave)) leave()
      })
      return true
    },
  }
}

/**
 * Returns how many of the written bytes the kernel has taken from a socket, and whether some still wait. Node has
 * both figures only on the socket's handle. Node's own timeouts read them there as well.
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
 * Answers and closes. If a connection is closed before its request was read, the client gets a reset and loses the
 * answer. So up to 100 connections stay open for up to a second while their requests are read. Above this number the
 * answer may be lost.
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

/** Logs the first event, and after that the counts of events at most once a minute, because there may be very many. */
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
