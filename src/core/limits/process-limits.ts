/**
 * What this process bounds by itself, before anything is asked of the database: how much a user or an address may ask
 * for, and how much of that is being done at the same time. docs/decisions/limits-in-the-process.md says why.
 */
import type { Limit, Limits } from '../context.ts'
import type { Db } from '../database/database.ts'
import { createKeyedGate, type KeyedGate } from './keyed-gate.ts'
import { type LimitState, takeToken } from './limit.ts'
import { createLocalBuckets } from './local-buckets.ts'

/** The next searches of a user wait, as many as a person who types makes. The process has ten database connections. */
const searchesAtOnce = { ofUser: { atOnce: 1, waiting: 3 }, inAll: { atOnce: 4, waiting: 20 } }

/**
 * Sockets that come, go and ask where their rooms stand, of all users. A crowd that connects again, or is cut at once,
 * leaves most of the database connections, and of the database's time, to messages.
 */
const arrivalsAtOnce = {
  ofUser: { atOnce: 1, waiting: Infinity },
  inAll: { atOnce: 3, waiting: Infinity },
}

/** A replay reads much, and holds up to half a megabyte meanwhile: so there is one at a time. */
const replaysAtOnce = {
  ofUser: { atOnce: 1, waiting: 200 },
  inAll: { atOnce: 1, waiting: Infinity },
  repeated: { atOnce: 1, waiting: Infinity },
}

/** A user's further replays count as repeated. A lost connection or a second device needs no more than these. */
const firstReplays: Limit = { count: 2, seconds: 60 }

/**
 * After a repeated replay the next one waits for so many times as long as that took. So all users who repeat `hello`
 * take at most a fifth of a processor together, and what they wait for in vain is bounded by `replayWaitMs`.
 */
const restAfterRepeated = 4
const restMaxMs = 1_000

/** A person's tabs may all connect again at the same moment; nobody's need to say it ten times a second. */
const resumes: Limit = { count: 20, seconds: 10 }

/** A client whose turn comes later fetches the rooms anew, so that no handler waits until its own time is over. */
const replayWaitMs = 5_000

/** What a refused address is told. */
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
  /** Does `work` when few enough other things of the user are being done. */
  forUser<T>(userId: number, work: () => Promise<T>): Promise<T>
  forSocket<T>(connectionId: string, work: () => Promise<T>): Promise<T>
  forAddress<T>(network: string, work: () => Promise<T>): Promise<T>
  /** [M7] Does a search of messages or rooms: one at a time for each user, and a few of all users. */
  forSearch<T>(userId: number, work: () => Promise<T>): Promise<T>
  /**
   * Lets a socket in, forgets it, or reads its heads: one at a time for each user, and a few of all users. `who` is the
   * user, or the connection of one.
   */
  forArrival<T>(who: number | string, work: () => Promise<T>): Promise<T>
  /**
   * [W6] Replays what a client has missed: one socket at a time, and users take turns. Replays that a user repeats rest
   * in between. Undefined: its turn came too late.
   */
  forReplay<T>(userId: number, work: () => Promise<T>): Promise<T | undefined>
  /** Frames do not name their user: whoever lets a socket in says who it is. */
  opened(connectionId: string, userId: number): void
  closed(connectionId: string): void
}

/** Of one user or address; a further one is refused. A socket has at most 128 frames under way (the gateway's limit). */
const waiting = 200

/** Further ones push out the oldest: their frames count as those of a user of their own. */
const socketsMax = 100_000

/** So many requests are charged together where processes share a limit. */
const blockMax = 20

/**
 * Where other processes serve the same users, as on Lambda, `shared` is the database in which requests are counted
 * for all of them, in blocks: so one request of a block costs a statement, and the others cost none.
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
  /** Requests of users that the database does not know of yet. */
  const uncounted = new Map<string, number>()

  function socketKey(connectionId: string): string {
    const owner = owners.get(connectionId)
    // On Lambda another function has let it in: there the database alone knows whose it is.
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

/** Gives what comes of `work` at once, and keeps the gate closed until `rest` is over. */
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

/** No process waits for it when it ends. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref())
}

function userKey(userId: number): string {
  return `user:${userId}`
}
