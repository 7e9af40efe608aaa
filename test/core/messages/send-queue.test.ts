/** What the queue of sends does when the database refuses, waits or ends. A recording sender sees every push. */
import { sql } from 'kysely'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { readLimits } from '../../../functions/env.ts'
import { toChatError } from '../../../functions/to-chat-error.ts'
import { createInlineFanOut } from '../../../src/core/fan-out/inline-fan-out.ts'
import { fanOutRoom } from '../../../src/core/fan-out/fan-out-room.ts'
import { type RoomWakeUp, wakeUpsOfRoom } from '../../../src/core/fan-out/wake-up.ts'
import { recentMs } from '../../../src/core/messages/recently-published.ts'
import { createSendQueue } from '../../../src/core/messages/send-queue.ts'
import type { Send } from '../../../src/core/messages/send-messages.ts'
import type { FanOut, Sender } from '../../../src/core/ports.ts'
import type { DurableEvent } from '../../../src/protocol/socket.ts'
import { recipientsAtOnce } from '../../../src/protocol/limits.ts'
import { startTestServer } from '../../support/chat-server.ts'
import { collectMetrics } from '../../support/collect-metrics.ts'
import { skipTime } from '../../support/skip-time.ts'
import type { TestUser } from '../../support/test-user.ts'
import { historyOf } from '../../support/answers.ts'
import { join } from '../../support/memberships.ts'
import { sessionOf } from '../../support/sign-token.ts'
import { openDatabase, statementsDuring } from '../../support/watch-database.ts'

const server = await startTestServer({ poolSize: 20 })
afterAll(() => server[Symbol.asyncDispose]())

const wide = { count: 1_000_000, seconds: 60 }
const limits = { ...readLimits({}), frames: wide, sends: wide }

interface Push {
  readonly to: readonly string[]
  readonly seqs: number[]
}

/** A queue as one process has it, with a record of its pushes. `onPost` is called before each push. */
function createQueue(
  onPost: (to: readonly string[]) => Promise<void> = async () => undefined,
  fanOut?: FanOut,
) {
  const pushes: Push[] = []
  const sender: Sender = {
    post: async (to, frame) => {
      await onPost(to)
      const events = [JSON.parse(frame) as { seq: number } | { seq: number }[]].flat()
      pushes.push({ to, seqs: events.map(({ seq }) => seq) })
      return []
    },
    close: async () => [],
  }
  const metrics = collectMetrics()
  const queue = createSendQueue({
    db: server.db,
    sender,
    fanOut: fanOut ?? createInlineFanOut({ db: server.db, sender }),
    metrics,
    limits,
  })
  const seqsTo = (id: string) => pushes.filter(({ to }) => to.includes(id)).flatMap((p) => p.seqs)
  return { queue, pushes, seqsTo, metrics, sender }
}

let names = 0

/** Adds the row of a connection without a socket, subscribed to the rooms of its user. */
async function connectionOf(user: TestUser, roomId?: number): Promise<string> {
  const id = `connection_${String(++names).padStart(4, '0')}`
  await sql`
    insert into connections (id, user_id, session_id, room_id, simple, expires_at)
    values (${id}, ${user.id}, ${sessionOf(user)}, ${roomId ?? null}, false,
            now() + make_interval(hours => 1))`.execute(server.db)
  await sql`
    insert into subscriptions (room_id, connection_id)
    select room_id, ${id} from memberships
     where user_id = ${user.id} and room_id = coalesce(${roomId ?? null}, room_id)`.execute(
    server.db,
  )
  return id
}

function send(user: TestUser, roomId: number, more: Partial<Send> = {}): Send {
  const n = ++names
  return { sessionId: sessionOf(user), roomId, text: `text ${n}`, clientId: `client_${n}`, ...more }
}

/** Returns the outcomes of sends: the seq, or the code of the error. */
async function outcomesOf(sends: Promise<{ message: { seq: number } }>[]) {
  const settled = await Promise.allSettled(sends)
  return settled.map((each) =>
    each.status === 'fulfilled' ? each.value.message.seq : toChatError(each.reason).code,
  )
}

/** Opens a transaction that holds a room's lock until its commit, and sees who waits for it. */
async function holdRoom(roomId: number) {
  const database = await openDatabase(server)
  const watch = await openDatabase(server)
  await database.execute('begin')
  await database.execute('select 1 from rooms where id = $1 for update', [roomId])
  return {
    execute: database.execute,
    /** Resolves with the waiting backends, as soon as there are any. */
    waiting: async () => {
      let pids: unknown[] = []
      await expect
        .poll(async () => {
          const rows = await watch.execute(
            `select pid from pg_stat_activity
              where datname = current_database() and wait_event_type = 'Lock'`,
          )
          pids = rows.map(({ pid }) => pid)
          return pids.length
        })
        .toBeGreaterThan(0)
      return pids
    },
    endWaiting: async () => {
      await watch.execute(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`,
      )
    },
    [Symbol.asyncDispose]: async () => {
      await database[Symbol.asyncDispose]()
      await watch[Symbol.asyncDispose]()
    },
  }
}

async function roomOf(...members: TestUser[]): Promise<number> {
  const room = await members[0]!.createRoom()
  await join(room, ...members.slice(1))
  return room.id
}

describe('a busy room', () => {
  test('stores 100 concurrent sends in three statements, with as few pushes', async () => {
    const user = await server.register()
    const roomId = await roomOf(user)
    const connection = await connectionOf(user)
    const { queue, pushes, seqsTo } = createQueue()
    const sends = Array.from({ length: 100 }, () => send(user, roomId))
    const statements = await statementsDuring(server, async () => {
      await Promise.all(sends.map((each) => queue.send(each)))
    })
    expect(statements).toHaveLength(3)
    expect(pushes.map(({ seqs }) => seqs.length)).toEqual([1, 50, 49])
    const log = await historyOf(user, roomId)
    expect(log.map(({ message }) => message)).toEqual(sends.map(({ text }) => text))
    expect(seqsTo(connection)).toEqual(log.map(({ seq }) => seq))
  })

  test('[W5] answers a send only after its push', async () => {
    const user = await server.register()
    const roomId = await roomOf(user)
    await connectionOf(user)
    const pushing = Promise.withResolvers<void>()
    const go = Promise.withResolvers<void>()
    const { queue, pushes } = createQueue(async () => {
      pushing.resolve()
      await go.promise
    })
    let pushesAtAnswer: number | undefined
    const sent = queue.send(send(user, roomId)).then(() => (pushesAtAnswer = pushes.length))
    await pushing.promise
    // The message is in the log already.
    expect(await historyOf(user, roomId)).toHaveLength(1)
    expect(pushesAtAnswer).toBeUndefined()
    go.resolve()
    await sent
    expect(pushesAtAnswer).toBe(1)
  })

  test('holds at most one database connection while its lock is held, and none of another room', async () => {
    const [ann, ben] = [await server.register(), await server.register()]
    const [held, free] = [await roomOf(ann, ben), await roomOf(ben)]
    const { queue } = createQueue()
    await using holder = await holdRoom(held)
    const waiting = Array.from({ length: 60 }, () => queue.send(send(ann, held)))
    expect(await holder.waiting()).toHaveLength(1)
    // More in a row than there are database connections.
    for (let n = 0; n < 25; n++) await queue.send(send(ben, free))
    expect(await holder.waiting()).toHaveLength(1)
    await holder.execute('commit')
    await Promise.all(waiting)
    expect(await historyOf(ann, held)).toHaveLength(60)
    expect(await historyOf(ben, free)).toHaveLength(25)
  })
})

describe('the time from send to push', () => {
  test('is measured for a message, but not for its repeat', async () => {
    const user = await server.register()
    const roomId = await roomOf(user)
    await connectionOf(user)
    const { queue, pushes, metrics } = createQueue()
    const first = send(user, roomId)
    await queue.send(first)
    skipTime(recentMs)
    await queue.send(first)
    await outcomesOf([queue.send(send(user, roomId)), queue.send(send(user, roomId))])
    expect(pushes.map(({ seqs }) => seqs.length)).toEqual([1, 1, 2])
    expect(Object.keys(metrics.values)).toEqual(['SendToPushLatency'])
    const values = metrics.values.SendToPushLatency!
    expect(values).toHaveLength(3)
    for (const value of values) {
      expect(value).toBeGreaterThanOrEqual(0)
      expect(value).toBeLessThan(10_000)
    }
  })

  test('is measured by the worker when there are more sockets than a handler pushes to', async () => {
    const user = await server.register()
    const roomId = await roomOf(user)
    for (let n = 0; n <= recipientsAtOnce; n++) await connectionOf(user)
    const wakeUps: RoomWakeUp[] = []
    const { queue, pushes, metrics, sender } = createQueue(undefined, {
      toRoom: async (id, events) => wakeUps.push(...wakeUpsOfRoom(id, events)) > 0,
      toNotified: async () => true,
      toTakenBack: async () => true,
    })
    await queue.send(send(user, roomId))
    expect(pushes).toEqual([])
    expect(metrics.values).toEqual({})
    await fanOutRoom({ db: server.db, sender, metrics }, wakeUps.slice(0, 1))
    expect(pushes).not.toEqual([])
    expect(metrics.values.SendToPushLatency).toHaveLength(1)
  })
})

describe('a room with more sockets than a handler sends to, on a server of one process', () => {
  test('[R5] gets its messages with one statement each, and after the events before them', async () => {
    const user = await server.register()
    const roomId = await roomOf(user)
    const all = [await connectionOf(user)]
    await sql`
      with c as (
        insert into connections (id, user_id, session_id, simple, expires_at)
        select 'crowd_' || n, ${user.id}, ${sessionOf(user)}, n % 2 = 0, now() + make_interval(hours => 1)
          from generate_series(1, 999) n returning id)
      insert into subscriptions (room_id, connection_id) select ${roomId}, id from c`.execute(
      server.db,
    )
    for (let n = 1; n < 1_000; n++) all.push(`crowd_${n}`)
    const { queue, pushes, seqsTo, sender } = createQueue()
    const seqs: number[] = []
    const sending = async () => {
      const { message } = await queue.send(send(user, roomId))
      seqs.push(message.seq)
    }
    const statements = await statementsDuring(server, async () => {
      for (let n = 0; n < 3; n++) await sending()
    })
    expect(statements.map(({ sql: text }) => /from (\w+_v\d)/.exec(text)?.[1])).toEqual(
      Array.from({ length: 3 }, () => 'send_messages_v4'),
    )
    for (const id of all) expect(seqsTo(id)).toEqual(seqs)
    // v1 sockets and simple sockets.
    expect(pushes).toHaveLength(6)

    // An event whose recipients are still being read, and a message that was stored after it.
    const order: unknown[] = []
    const fanOut = createInlineFanOut({
      db: server.db,
      sender: { ...sender, post: async (_, frame) => (order.push(JSON.parse(frame)), []) },
    })
    const event: DurableEvent = JSON.parse('{"type":"message","seq":0}')
    const recipients = [{ connectionId: 'crowd_1', isSimple: false }]
    await Promise.all([
      fanOut.toRoom(roomId, [{ ...event, seq: 1 }]),
      fanOut.toRoom(roomId, [{ ...event, seq: 2 }], false, recipients),
    ])
    // The first event has a frame for v1 sockets and one for simple clients.
    expect(order).toMatchObject([{ seq: 1 }, { seq: 1 }, { seq: 2 }])

    // With one more socket there are pages.
    all.push(await connectionOf(user))
    const paged = await statementsDuring(server, sending)
    expect(paged).toHaveLength(3)
    for (const id of all) expect(seqsTo(id).at(-1)).toBe(seqs.at(-1))
  })
})

describe('a send that fails', () => {
  test('fails alone when the database refuses its text, and the others stay in order', async () => {
    const user = await server.register()
    const roomId = await roomOf(user)
    const connection = await connectionOf(user)
    const { queue, seqsTo } = createQueue()
    const texts = ['first', 'second', 'a \0 b', 'third', 'an unpaired \ud800', 'fourth']
    const outcomes = await outcomesOf(texts.map((text) => queue.send(send(user, roomId, { text }))))
    const seq = Number(outcomes[0])
    expect(outcomes).toEqual([seq, seq + 1, 'internal', seq + 2, 'internal', seq + 3])
    const log = await historyOf(user, roomId)
    expect(log.map(({ message }) => message)).toEqual(['first', 'second', 'third', 'fourth'])
    expect(seqsTo(connection)).toEqual(log.map((message) => message.seq))
  })

  test('[M3] fails with its batch when the database ends it, and each can be repeated', async () => {
    const user = await server.register()
    const roomId = await roomOf(user)
    const { queue } = createQueue()
    const sends = Array.from({ length: 10 }, () => send(user, roomId))
    await using holder = await holdRoom(roomId)
    const first = outcomesOf([queue.send(sends[0]!)])
    const rest = outcomesOf(sends.slice(1).map((each) => queue.send(each)))
    await holder.waiting()
    await holder.endWaiting()
    expect(await first).toEqual(['unavailable'])
    await holder.execute('rollback')
    // The next batch met the same connection as it ended, or a good one.
    expect(new Set((await rest).map((each) => typeof each)).size).toBe(1)
    await Promise.all(sends.map((each) => vi.waitFor(() => queue.send(each))))
    expect(await historyOf(user, roomId)).toHaveLength(10)
  })

  test('[W5] can be repeated when a later page of its push was not read, and then reaches everybody', async () => {
    const user = await server.register()
    const roomId = await roomOf(user)
    const connections = await Promise.all(Array.from({ length: 1_005 }, () => connectionOf(user)))
    let holder: Awaited<ReturnType<typeof holdRoom>> | undefined
    let posts = 0
    // Between the first page and the next, somebody locks the room.
    const { queue, seqsTo } = createQueue(async () => {
      if (++posts === 1) holder = await holdRoom(roomId)
    })
    const one = send(user, roomId)
    const failed = outcomesOf([queue.send(one)])
    await expect.poll(() => holder).toBeDefined()
    await holder!.waiting()
    await holder!.endWaiting()
    expect(await failed).toEqual(['unavailable'])
    await holder!.execute('rollback')
    await holder![Symbol.asyncDispose]()

    const repeated = await vi.waitFor(() => queue.send(one))
    expect(repeated.isDuplicate).toBe(true)
    expect(await historyOf(user, roomId)).toHaveLength(1)
    const missed = connections.filter((id) => !seqsTo(id).includes(repeated.message.seq))
    expect(missed).toEqual([])
  })

  test('[R5] is refused when its member was removed while it waited, and their sockets get nothing', async () => {
    const [ann, ben] = [await server.register(), await server.register()]
    const roomId = await roomOf(ann, ben)
    const [hers, his] = [await connectionOf(ann), await connectionOf(ben)]
    const { queue, seqsTo } = createQueue()
    await using holder = await holdRoom(roomId)
    const outcomes = outcomesOf([
      queue.send(send(ann, roomId)),
      queue.send(send(ben, roomId)),
      queue.send(send(ann, roomId)),
    ])
    await holder.waiting()
    await holder.execute('select seq from remove_member_v3($1, $2, $3)', [roomId, ben.id, ann.id])
    await holder.execute('commit')
    // The room is public: he may join it again, so it is not hidden from him.
    expect(await outcomes).toEqual([4, 'forbidden', 5])
    expect(seqsTo(hers)).toEqual([4, 5])
    expect(seqsTo(his)).toEqual([])
  })
})

test('[M2] two processes on the same rooms, users and sockets: nothing fails, every log is gapless, each pushes in its order', async () => {
  const users = await Promise.all(Array.from({ length: 4 }, () => server.register()))
  const rooms = await Promise.all(Array.from({ length: 3 }, () => roomOf(...users)))
  const sockets = await Promise.all(users.map((user) => connectionOf(user)))
  const processes = [createQueue(), createQueue()]
  const before = await Promise.all(rooms.map((roomId) => users[0]!.get(`/api/rooms/${roomId}/`)))

  const work = processes.flatMap(({ queue }, process) =>
    Array.from({ length: 240 }, (_, at) => {
      // One process goes through the rooms forwards, the other backwards. Every second send is by a socket.
      const n = process === 0 ? at : 239 - at
      const user = n % users.length
      const by = at % 2 === 0 ? { sessionId: undefined, connectionId: sockets[user]! } : {}
      const { sessionId, ...rest } = send(users[user]!, rooms[n % rooms.length]!, by)
      return queue.send(sessionId === undefined ? rest : { ...rest, sessionId })
    }),
  )
  const outcomes = await outcomesOf(work)
  expect(outcomes.filter((each) => typeof each === 'string')).toEqual([])

  for (const [index, roomId] of rooms.entries()) {
    const last = before[index]!.body.last_seq as number
    const log = await historyOf(users[0]!, roomId)
    expect(log.map(({ seq }) => seq)).toEqual(log.map((_, n) => last + 1 + n))
    expect(log).toHaveLength(160)
  }
  for (const { seqsTo } of processes) expect(seqsTo(sockets[0]!)).toHaveLength(240)
})
