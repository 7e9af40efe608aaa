/**
 * The limits that this process enforces by itself, before it asks the database: how much a user or an address may
 * request, and how much of that runs at the same time. docs/decisions/limits-in-the-process.md says why.
 */
import type { Limit, Limits } from '../context.ts'
import type { Db } from '../database/database.ts'
import { createKeyedGate, type KeyedGate } from './keyed-gate.ts'
import { type LimitState, takeToken } from './limit.ts'
import { createLocalBuckets } from './local-buckets.ts'

/**
 * A user's further searches wait, as many as a person makes while typing. All users together get four of the process's
 * ten database connections.
 */
const searchesAtOnce = { ofUser: { atOnce: 1, waiting: 3 }, inAll: { atOnce: 4, waiting: 20 } }

/**
 * New and closed sockets and requests for heads. A crowd that reconnects, or disconnects at once, must leave most
 * database connections, and most of the database's time, to messages.
 */
const arrivalsAtOnce = {
  ofUser: { atOnce: 1, waiting: Infinity },
  inAll: { atOnce: 3, waiting: Infinity },
}

/** A replay reads much, and holds up to half a megabyte in memory. So there is only one at a time. */
const replaysAtOnce = {
  ofUser: { atOnce: 1, waiting: 200 },
  inAll: { atOnce: 1, waiting: Infinity },
  repeated: { atOnce: 1, waiting: Infinity },
}

/** Further replays of a user count as repeated. A lost connection or a second device does not need more than these. */
const firstReplays: Limit = { count: 2, seconds: 60 }

/**
 * After a repeated replay the next one waits for this many times the duration of the replay. So users who repeat
 * `hello` take at most a fifth of a processor together. `replayWaitMs` limits how long others wait for nothing.
 */
const restAfterRepeated = 4
const restMaxMs = 1_000

/** All tabs of a person may reconnect at the same moment. Nobody needs to send `hello` more often than this. */
const resumes: Limit = { count: 20, seconds: 10 }

/** A client that would wait longer fetches the rooms anew. So no handler waits until its own time limit ends. */
const replayWaitMs = 5_000

export const tooManyFromHere = 'too many requests from this address'

export interface ProcessLimits {
  /** [C6] Charges a request to its user. */
  request(userId: number): Promise<LimitState>
  /** [C6] Charges a request that names no user to its address. */
  anonymous(network: string): LimitState
  /** [W2] Charges a new socket to its user. */
  connect(userId: number): LimitState
  /** [W9] Charges a frame to the user whose socket it came from. */
  frame(connectionId: string): LimitState
  /** [W9] Charges a `hello` with positions, which costs more than other frames, to the user whose socket it came from. */
  resume(connectionId: string): LimitState
  /** Runs `work` when few enough other tasks of the user are running. */
  forUser<T>(userId: number, work: () => Promise<T>): Promise<T>
  forSocket<T>(connectionId: string, work: () => Promise<T>): Promise<T>
  forAddress<T>(network: string, work: () => Promise<T>): Promise<T>
  /** [M7] Runs a search of messages or rooms: one at a time for each user, and a few for all users together. */
  forSearch<T>(userId: number, work: () => Promise<T>): Promise<T>
  /**
   * Runs the work of letting a socket in, forgetting it, or reading its heads: one at a time for each user, and a few
   * for all users together. `who` is the user's id, or the id of one of their connections.
   */
  forArrival<T>(who: number | string, work: () => Promise<T>): Promise<T>
  /**
   * [W6] Runs a replay: to one socket at a time, and users take turns. After a user's repeated replay there is a pause.
   * Returns undefined if its turn came too late.
   */
  forReplay<T>(userId: number, work: () => Promise<T>): Promise<T | undefined>
  /**
   * Says which user a socket belongs to, since frames do not name their user. The code that lets the socket in calls
   * this.
   */
  opened(connectionId: string, userId: number): void
  closed(connectionId: string): void
}

/**
 * How many tasks of one user or address may wait; a further one is refused. The gateway allows a socket at most 128
 * frames in progress.
 */
const waiting = 200

/**
 * The maximum number of sockets that are remembered. A further socket replaces the oldest one. The frames of a
 * forgotten socket count as those of a separate user.
 */
const socketsMax = 100_000

/** How many requests are charged together where processes share a limit. */
const blockMax = 20

/**
 * Limits for this process. Where other processes serve the same users, as on Lambda, `shared` is the database that
 * counts the requests of all processes. It counts in blocks: one request of a block costs a statement, and the others
 * cost none.
 */
export function createProcessLimits(limits: Limits, shared?: Db): ProcessLimits {
  const buckets = createLocalBuckets()
  const searchesOfUser = createKeyedGate(searchesAtOnce.ofUser)
  const searches = createKeyedGate(searchesAtOnce.inAll)
  const arrivalsOfUser = createKeyedGate(arrivalsAtOnce.ofUser)
  const arrivals = createKeyedGate(arrivalsAtOnce.inAll)
  const replaysOfUser = createKeyedGate(replaysAtOnce.ofUser)
  const replays = createKeyedGate(replaysAtOnce.inAll)
  const repeatedReplays = createKeyedGate(replaysAtOnce.repeated)
  const gate = createKeyedGate({ atOnce: limits.requestsAtOnce, waiting })
  const owners = new Map<string, number>()
  /** Requests of users that are not yet counted in the database. */
  const uncounted = new Map<string, number>()

  function socketKey(connectionId: string): string {
    const owner = owners.get(connectionId)
    // On Lambda another function let the socket in, so only the database knows its user.
    return owner === undefined ? `socket:${connectionId}` : userKey(owner)
  }

  async function countForAll(db: Db, key: string, limit: Limit): Promise<number | undefined> {
    const block = Math.max(1, Math.min(blockMax, Math.floor(limit.count / 20)))
    const count = (uncounted.get(key) ?? 0) + 1
    uncounted.delete(key)
    if (count < block) {
      uncounted.set(key, count)
      if (uncounted.size > socketsMax) uncounted.delete(uncounted.keys().next().value!)
      return undefined
    }
    const blocks = { count: Math.floor(limit.count / block), seconds: limit.seconds }
    return (await takeToken(db, key, blocks)).retryAfterMs
  }

  return {
    request: async (userId) => {
      const key = `requests:${userId}`
      const limit = limits.requests
      const state = buckets.take(key, limit)
      if (shared === undefined || state.retryAfterMs !== undefined) return state
      const retryAfterMs = await countForAll(shared, key, limit)
      return retryAfterMs === undefined ? state : buckets.refuseFor(key, limit, retryAfterMs)
    },
    anonymous: (network) => buckets.take(`anonymous:${network}`, limits.requestsPerAddress),
    connect: (userId) => buckets.take(`connects:${userId}`, limits.connects),
    frame: (connectionId) => buckets.take(`frames:${socketKey(connectionId)}`, limits.frames),
    forUser: (userId, work) => gate(userKey(userId), work),
    forSocket: (connectionId, work) => gate(socketKey(connectionId), work),
    forAddress: (network, work) => gate(`address:${network}`, work),
    forSearch: (userId, work) => searchesOfUser(userKey(userId), () => searches('all', work)),
    forArrival: (who, work) =>
      arrivalsOfUser(typeof who === 'number' ? userKey(who) : socketKey(who), () =>
        arrivals('all', work),
      ),
    resume: (connectionId) => buckets.take(`resumes:${socketKey(connectionId)}`, resumes),
    forReplay: (userId, work) => {
      const until = performance.now() + replayWaitMs
      const isRepeated = buckets.take(`replays:${userId}`, firstReplays).retryAfterMs !== undefined
      let tookMs = 0
      const inTime = async () => {
        const startedAt = performance.now()
        if (startedAt >= until) return undefined
        try {
          return await work()
        } finally {
          tookMs = performance.now() - startedAt
        }
      }
      const replay = () => replays('all', inTime)
      const rest = () => pause(Math.min(restMaxMs, tookMs * restAfterRepeated))
      return replaysOfUser(userKey(userId), () =>
        isRepeated ? thenRest(repeatedReplays, replay, rest) : replay(),
      )
    },
    opened: (connectionId, userId) => {
      owners.set(connectionId, userId)
      if (owners.size > socketsMax) owners.delete(owners.keys().next().value!)
    },
    closed: (connectionId) => void owners.delete(connectionId),
  }
}

/** Returns the result of `work` at once, but keeps the gate closed until `rest` is over. */
function thenRest<T>(
  gate: KeyedGate,
  work: () => Promise<T>,
  rest: () => Promise<void>,
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  const held = gate('all', async () => {
    await work().then(resolve, reject)
    await rest()
  })
  held.catch(reject)
  return promise
}

/** The timer does not keep the process running. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref())
}

function userKey(userId: number): string {
  return `user:${userId}`
}
