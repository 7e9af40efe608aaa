/**
 * What this process bounds by itself, before anything is asked of the database: how much a user or an address may ask
 * for, and how much of that is being done at the same time. docs/decisions/limits-in-the-process.md says why.
 */
import { replayMax } from '../../protocol/limits.ts'
import type { Limit, Limits } from '../context.ts'
import type { Db } from '../database/database.ts'
import { createKeyedGate } from './keyed-gate.ts'
import { type LimitState, takeToken } from './limit.ts'
import { createLocalBuckets } from './local-buckets.ts'
import { createPace } from './pace.ts'

/** The next searches of a user wait, as many as a person who types makes. The process has ten database connections. */
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
   * Lets a socket in, forgets it, or reads its heads or what it missed: one at a time for each user, and a few of all
   * users. `who` is the user, or the connection of one.
   */
  forArrival<T>(who: number | string, work: () => Promise<T>): Promise<T>
  /**
   * [W6] Replays the `count` events that a client has missed: users take turns, and what a user repeats is slower.
   * `work` awaits `pace` before it reads some of them. Undefined: its turn came too late.
   */
  forReplay<T>(
    userId: number,
    count: number,
    work: (pace: (events: number) => Promise<void>) => Promise<T>,
  ): Promise<T | undefined>
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
  const firstReplays = createKeyedGate(replaysAtOnce.first)
  const repeatedReplays = createKeyedGate(replaysAtOnce.repeated)
  const paceOfAll = createPace(replayedInSecond.inAll)
  const paceOfRepeated = createPace(replayedInSecond.repeated)
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
