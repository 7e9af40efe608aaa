/**
 * The limits that this process enforces by itself, before it asks the database: how much a user or an address may
 * request, and how much of that runs at the same time. docs/decisions/limits-in-the-process.md says why.
 */
import { replayMax } from '../../protocol/limits.ts'
import type { Db } from '../database/database.ts'
import { createKeyedGate } from './keyed-gate.ts'
import type { Limit, Limits } from '../context.ts'
import { type LimitState, takeToken } from './limit.ts'
import { createLocalBuckets } from './local-buckets.ts'
import { createPace } from './pace.ts'

/**
 * A user's further searches wait, as many as a person makes while typing. All users together get four of the process's
 * ten database connections.
 */
const searchesAtOnce = { ofUser: { atOnce: 1, waiting: 3 }, inAll: { atOnce: 4, waiting: 20 } }

/**
 * Sockets that come, go, ask where their rooms stand and are replayed to, of all users. A crowd that connects again, or
 * is cut at once, leaves most of the database connections, and of the database's time, to messages: where there are
 * two processors, a message does not wait for more than one statement of the crowd.
 */
const arrivalsAtOnce = {
  ofUser: { atOnce: 1, waiting: Infinity },
  inAll: { atOnce: 2, waiting: Infinity },
}

/**
 * A replay reads much, and holds up to half a megabyte meanwhile. So there is one at a time, and one more of those that
 * users repeat.
 */
const replaysAtOnce = {
  ofUser: { atOnce: 1, waiting: 200 },
  first: { atOnce: 1, waiting: Infinity },
  repeated: { atOnce: 1, waiting: Infinity },
}

/**
 * A user who was replayed so many events repeats: the further ones are read at the slower pace. A connection that was
 * lost, also of several tabs, misses fewer. One `hello` misses no more.
 */
const firstEvents: Limit = { count: replayMax, seconds: 60 }

/**
 * Events that a process replays in a second. An event takes about 30 microseconds of the processor, half of them in
 * PostgreSQL: so these are a third of a processor, and a thirtieth of one for all users who repeat `hello`.
 */
const replayedInSecond = { inAll: 10_000, repeated: 1_000 }

/** All tabs of a person may reconnect at the same moment. Nobody needs to send `hello` more often than this. */
const resumes: Limit = { count: 20, seconds: 10 }

/** A client that would wait longer fetches the rooms again. So no handler waits until its own time limit ends. */
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
   * Lets a socket in, forgets it, or reads its heads or what it missed: one at a time for each user, and a few of all
   * users. `who` is the user, or the connection of one.
   */
  forArrival<T>(who: number | string, work: () => Promise<T>): Promise<T>
  /** The first half of forArrival: one at a time for each user. */
  forArrivalOf<T>(who: number | string, work: () => Promise<T>): Promise<T>
  /** The second half of forArrival: a few of all users. */
  forAnyArrival<T>(work: () => Promise<T>): Promise<T>
  /**
   * [W6] Replays the `count` events that a client has missed: users take turns, and what a user repeats is slower.
   * `work` awaits `pace` before it reads some of them. Undefined: its turn came too late.
   */
  forReplay<T>(
    userId: number,
    count: number,
    work: (pace: (events: number) => Promise<void>) => Promise<T>,
  ): Promise<T | undefined>
  /** A frame does not name its user. So the handler that accepts a socket calls this with the user of the socket. */
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
  const firstReplays = createKeyedGate(replaysAtOnce.first)
  const repeatedReplays = createKeyedGate(replaysAtOnce.repeated)
  const paceOfAll = createPace(replayedInSecond.inAll)
  const paceOfRepeated = createPace(replayedInSecond.repeated)
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

  const forArrivalOf: ProcessLimits['forArrivalOf'] = (who, work) =>
    arrivalsOfUser(typeof who === 'number' ? userKey(who) : socketKey(who), work)
  const forAnyArrival: ProcessLimits['forAnyArrival'] = (work) => arrivals('all', work)

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
    forArrival: (who, work) => forArrivalOf(who, () => forAnyArrival(work)),
    forArrivalOf,
    forAnyArrival,
    resume: (connectionId) => buckets.take(`resumes:${socketKey(connectionId)}`, resumes),
    forReplay: (userId, count, work) => {
      const until = performance.now() + replayWaitMs
      const isFirst =
        buckets.take(`replays:${userId}`, firstEvents, count).retryAfterMs === undefined
      const pace = async (events: number) => {
        if (!isFirst) await paceOfRepeated(events)
        await paceOfAll(events)
      }
      const gate = isFirst ? firstReplays : repeatedReplays
      return replaysOfUser(userKey(userId), () =>
        gate('all', async () => {
          if (performance.now() >= until) return undefined
          return await work(pace)
        }),
      )
    },
    opened: (connectionId, userId) => {
      owners.set(connectionId, userId)
      if (owners.size > socketsMax) owners.delete(owners.keys().next().value!)
    },
    closed: (connectionId) => void owners.delete(connectionId),
  }
}

function userKey(userId: number): string {
  return `user:${userId}`
}
