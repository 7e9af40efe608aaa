import { sql } from 'kysely'
import { fanOut } from '../../../functions/jobs/fan-out.ts'
import { createQueuedFanOut } from '../../../src/aws/queued-fan-out.ts'
import { noMetrics } from '../../../src/core/monitoring/no-metrics.ts'
import type { Log, Sender } from '../../../src/core/ports.ts'
import { createGatewaySender } from '../../../src/local/server/gateway-sender.ts'
import { sessionOf } from '../../support/sign-token.ts'
import { startTestServer, type TestServer } from '../../support/chat-server.ts'
import { FifoQueue } from '../../support/fifo-queue.ts'
import type { TestUser } from '../../support/test-user.ts'

export interface Post {
  readonly to: readonly string[]
  readonly frame: string
}

export interface FannedOut extends AsyncDisposable {
  readonly server: TestServer
  readonly queue: FifoQueue
  /** The worker's posts so far. */
  readonly posts: Post[]
  readonly errors: string[]
  readonly worker: ReturnType<typeof fanOut>
  /** Is called before each post of the worker. */
  beforePost: (to: readonly string[]) => Promise<void>
  /** Forgets what was queued and posted. */
  reset(): void
}

/**
 * Starts a server that leaves the pushes to large rooms to a queue, as on AWS, and the worker. The worker posts to the
 * server's sockets. Connections that only exist as rows are recorded.
 */
export async function startFannedOut(
  options: Parameters<typeof startTestServer>[0] = {},
): Promise<FannedOut> {
  const queue = new FifoQueue()
  const errors: string[] = []
  const log: Log = {
    info: () => undefined,
    warn: () => undefined,
    error: (message) => void errors.push(message),
  }
  const server = await startTestServer({
    ...options,
    fanOut: createQueuedFanOut(log, queue.url, { client: queue.client, wait: async () => {} }),
  })
  const gateway = createGatewaySender(server.running.connections, log)
  const posts: Post[] = []
  const sender: Sender = {
    ...gateway,
    post: async (to, frame) => {
      await fannedOut.beforePost(to)
      posts.push({ to, frame })
      await gateway.post(to, frame)
      return []
    },
  }
  const fannedOut: FannedOut = {
    server,
    queue,
    posts,
    errors,
    worker: fanOut({ db: server.db, sender, log, metrics: noMetrics }),
    beforePost: async () => undefined,
    reset: () => {
      queue.purge()
      for (const list of [queue.requests, queue.deadLetters, posts, errors]) list.length = 0
      fannedOut.beforePost = async () => undefined
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
  return fannedOut
}

/** Adds rows of connections without sockets, subscribed to a room of their user. Returns their ids. */
export async function crowd(
  { db }: TestServer,
  user: TestUser,
  roomId: number,
  count: number,
  { simple = false, name = 'crowd' } = {},
): Promise<string[]> {
  const prefix = `${name} of ${user.id}${simple ? ', simple' : ''} `
  const { rows } = await sql<{ id: string }>`
    with crowd as (
      insert into connections (id, user_id, session_id, room_id, simple, connected_at, expires_at)
      select ${prefix} || n, ${user.id}, ${sessionOf(user)}, cast(${simple ? roomId : null} as bigint),
             ${simple}, now() + make_interval(hours => 1), now() + make_interval(hours => 2)
        from generate_series(1, cast(${count} as bigint)) n
      returning id)
    insert into subscriptions (room_id, connection_id)
    select cast(${roomId} as bigint), id from crowd returning connection_id as id`.execute(db)
  return rows.map(({ id }) => id)
}

/** Returns the numbers of the events that a connection was posted, frame by frame. */
export function framesTo(posts: readonly Post[], id: string): number[][] {
  return posts
    .filter(({ to }) => to.includes(id))
    .map(({ frame }) => {
      const events: { seq: number }[] = [JSON.parse(frame)].flat()
      return events.map(({ seq }) => seq)
    })
}

/** Makes all events of a room older than the worker's reach. */
export async function age({ db }: TestServer, roomId: number): Promise<void> {
  await sql`
    update room_events set created_at = created_at - make_interval(secs => 31)
     where room_id = ${roomId} returning seq`.execute(db)
}
