import { randomInt } from 'node:crypto'
import { env } from 'node:process'
import { sql } from 'kysely'
import type { Client } from 'pg'
import { ChatError } from '../../../src/core/errors.ts'
import { readLimits } from '../../../functions/env.ts'
import { createInlineFanOut } from '../../../src/core/fan-out/inline-fan-out.ts'
import { noMetrics } from '../../../src/core/monitoring/no-metrics.ts'
import { createSendQueue } from '../../../src/core/messages/send-queue.ts'
import { type Send, storeMessages } from '../../../src/core/messages/send-messages.ts'
import type { Db } from '../../../src/core/database/database.ts'
import type { Sender } from '../../../src/core/ports.ts'
import { frameOutMaxBytes } from '../../../src/protocol/limits.ts'
import { createPgDatabase } from '../../../src/local/postgres/database.ts'
import { openDatabase } from '../../support/watch-database.ts'
import { type ExecutedPlan, explainTo } from '../../support/explaining-client.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { deliverToRoom } from '../../../src/core/push/deliver-to-room.ts'
import type { Recipient } from '../../../src/core/push/publish.ts'
import type { DurableEvent } from '../../../src/protocol/socket.ts'
import { createChance, pick as pickBy } from '../../support/chance.ts'

const seed = Number(env['AUDIENCE_SEED'] ?? randomInt(2 ** 31))
const wide = { count: 1_000_000, seconds: 60 }
const limits = { frames: wide, sends: wide, repeats: wide }

let database: TestDatabase
let db: Db
beforeAll(async () => {
  database = await createTestDatabase()
  db = createPgDatabase({ ...database.connection, max: 20 })
})
afterAll(async () => {
  await db.destroy()
  await database[Symbol.asyncDispose]()
})

let names = 0

async function insertUser(): Promise<{ id: number; sessionId: number }> {
  const name = `user_${++names}`
  const { rows } = await sql<{ id: number; session_id: number }>`
    with u as (insert into users (username, password_hash) values (${name}, '') returning id),
         s as (insert into sessions (user_id, expires_at, refresh_family)
               select id, now() + make_interval(days => 1), ${name} from u returning id)
    select u.id, s.id as session_id from u, s`.execute(db)
  return { id: rows[0]!.id, sessionId: rows[0]!.session_id }
}

async function insertRoom(kind: 'public' | 'private', ...userIds: number[]): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    insert into rooms (kind, name, title) values (${kind}, ${`room_${++names}`}, 'A room') returning id`.execute(
    db,
  )
  const { id } = rows[0]!
  for (const userId of userIds) {
    await sql`select seq from add_member_v2(${id}, ${userId}, 'member', ${userId}, 1000, 0)`.execute(
      db,
    )
  }
  return id
}

async function insertConnection(
  user: { id: number; sessionId: number },
  { roomId, isSimple = false }: { roomId?: number; isSimple?: boolean } = {},
): Promise<string> {
  const id = `connection_${String(++names).padStart(6, '0')}`
  await sql`
    insert into connections (id, user_id, session_id, room_id, simple, expires_at)
    values (${id}, ${user.id}, ${user.sessionId}, ${roomId ?? null}, ${isSimple},
            now() + make_interval(hours => 1))`.execute(db)
  await sql`
    insert into subscriptions (room_id, connection_id)
    select room_id, ${id} from memberships
     where user_id = ${user.id} and room_id = coalesce(${roomId ?? null}, room_id)`.execute(db)
  return id
}

function send(parts: Partial<Send>): Send {
  return { text: 'hello', clientId: `client_${++names}`, ...parts }
}

describe(storeMessages, () => {
  test('returns the outcomes of many sends in order, and none affects another', async () => {
    const ana = await insertUser()
    const revoked = await insertUser()
    const suspended = await insertUser()
    await sql`update sessions set revoked_at = now() where id = ${revoked.sessionId}`.execute(db)
    await sql`update users set suspended_at = now() where id = ${suspended.id}`.execute(db)
    const tea = await insertRoom('public', ana.id)
    const cake = await insertRoom('private', ana.id)
    const open = await insertRoom('public')
    const closed = await insertRoom('private')
    const socket = await insertConnection(ana)
    const one = { sessionId: ana.sessionId, roomId: tea }
    const repeated = send({ ...one, text: 'first', clientId: 'repeated' })

    const { outcomes, audiences } = await storeMessages(db, limits, [
      repeated,
      send({ ...one, roomId: open }),
      send({ ...one, roomId: closed }),
      send({ ...one, roomId: 999_999 }),
      send({ connectionId: socket, roomId: cake, text: 'by socket' }),
      { ...repeated, text: 'again' },
      send({ ...one, sessionId: revoked.sessionId }),
      send({ ...one, sessionId: suspended.sessionId }),
      send({ connectionId: 'nobody', roomId: tea }),
      send({ ...one, replyTo: 77 }),
      send({ connectionId: socket }),
      send({ ...one, text: 'last', replyTo: 2 }),
    ])
    expect(
      outcomes.map((outcome) =>
        outcome instanceof ChatError
          ? outcome.code
          : `${outcome.message.message} ${outcome.message.seq} ${outcome.isDuplicate}`,
      ),
    ).toEqual([
      'first 2 false',
      'forbidden',
      'not_found',
      'not_found',
      'by socket 2 false',
      'first 2 true',
      'session_revoked',
      'forbidden',
      'unauthenticated',
      'bad_request',
      'bad_request',
      'last 3 false',
    ])
    const heard = [{ connectionId: socket, isSimple: false }]
    expect(audiences.toSorted((a, b) => a.roomId - b.roomId)).toEqual([
      { roomId: tea, recipients: heard, isWhole: true },
      { roomId: cake, recipients: heard, isWhole: true },
    ])
  })

  test('charges each of many sends, and refuses those over the limit', async () => {
    const ana = await insertUser()
    const roomId = await insertRoom('public', ana.id)
    const batch = Array.from({ length: 5 }, () => send({ sessionId: ana.sessionId, roomId }))
    const few = { ...limits, sends: { count: 3, seconds: 600 } }
    const { outcomes } = await storeMessages(db, few, batch)
    expect(
      outcomes.map((each) => (each instanceof ChatError ? each.code : each.sendsLeft)),
    ).toEqual([2, 1, 0, 'rate_limited', 'rate_limited'])
  })

  test('charges the frame of each of many sends, and answers a repeat with a message of the same batch', async () => {
    const ana = await insertUser()
    const roomId = await insertRoom('public', ana.id)
    const connectionId = await insertConnection(ana)
    const one = send({ connectionId, roomId, clientId: 'one' })
    const few = { ...limits, frames: { count: 3, seconds: 600 } }
    const { outcomes } = await storeMessages(db, few, [one, one, send(one), one])
    const [first, repeat, ...rest] = outcomes
    expect(first).toMatchObject({ isDuplicate: false })
    if (!first || first instanceof ChatError) throw new Error('the first was not sent')
    expect(repeat).toEqual({ ...first, isDuplicate: true })
    expect(rest).toMatchObject([{ isDuplicate: true }, { code: 'rate_limited' }])
    expect(first.message.id).toBeGreaterThan(0)
  })

  test('[W11] writes that a connection was seen, unless that was less than 10 seconds ago', async () => {
    const ana = await insertUser()
    const roomId = await insertRoom('public', ana.id)
    const connectionId = await insertConnection(ana)
    const seenAt = async () => {
      const { rows } = await sql<{ at: string }>`
        select cast(seen_at as text) as at from connections where id = ${connectionId}`.execute(db)
      return rows[0]!.at
    }
    for (const [seconds, isWritten] of [
      [1, false],
      [11, true],
    ] as const) {
      await sql`update connections set seen_at = now() - make_interval(secs => ${seconds})
        where id = ${connectionId}`.execute(db)
      const before = await seenAt()
      await storeMessages(db, limits, [send({ connectionId, roomId })])
      expect((await seenAt()) !== before).toBe(isWritten)
    }
  })

  test('needs as many statements in the database for many sends as for a few', async () => {
    const users = await Promise.all(Array.from({ length: 5 }, insertUser))
    const roomId = await insertRoom('public', ...users.map(({ id }) => id))
    const sockets = await Promise.all(users.map((user) => insertConnection(user)))
    const plans: ExecutedPlan[] = []
    const explained = createPgDatabase({
      ...database.connection,
      max: 1,
      Client: explainTo(plans, 'auto') as unknown as new () => Client,
    })
    const countOf = async (times: number) => {
      plans.length = 0
      const batch = Array.from({ length: times }, () =>
        sockets.map((connectionId) => send({ connectionId, roomId })),
      ).flat()
      const { outcomes } = await storeMessages(explained, limits, batch)
      expect(outcomes.filter((each) => each instanceof ChatError)).toEqual([])
      // Triggers read each row: foreign keys, and the words of a message.
      return plans.filter(({ query }) => !/FOR KEY SHARE|search|string_agg/.test(query)).length
    }
    try {
      // The first reads who the recipients are, which the others know.
      await countOf(1)
      const few = await countOf(1)
      expect(few).toBeGreaterThan(5)
      expect(await countOf(10)).toBe(few)
    } finally {
      await explained.destroy()
    }
  })

  test('stores two batches over the same rooms, sockets and users in opposite orders', async () => {
    const users = await Promise.all(Array.from({ length: 4 }, insertUser))
    const ids = users.map(({ id }) => id)
    const rooms = [await insertRoom('public', ...ids), await insertRoom('private', ...ids)]
    const sockets = await Promise.all(users.map((user) => insertConnection(user)))
    const batch = () =>
      rooms.flatMap((roomId) => [
        ...sockets.map((connectionId) => send({ connectionId, roomId })),
        ...users.map(({ sessionId }) => send({ sessionId, roomId })),
      ])
    for (let round = 0; round < 40; round++) {
      const stored = await Promise.all([
        storeMessages(db, limits, batch()),
        storeMessages(db, limits, batch().toReversed()),
        storeMessages(db, limits, [batch()[round % 8]!]),
      ])
      const faults = stored.flatMap(({ outcomes }) =>
        outcomes.filter((outcome) => outcome instanceof ChatError),
      )
      expect(faults).toEqual([])
    }
    const { rows } = await sql<{ last_seq: number; messages: number }>`
      select r.last_seq, (select count(*) from messages m where m.room_id = r.id) as messages
        from rooms r where r.id = ${rooms[0]!}`.execute(db)
    expect(rows[0]).toEqual({ last_seq: 4 + 17 * 40, messages: 17 * 40 })
  })
})

/** Sends while another transaction has changed something, and commits that when the send waits for it. */
async function sendBehind(change: string, ...batch: Send[]) {
  await using session = await openDatabase({ database })
  await using watcher = await openDatabase({ database })
  await session.execute('begin')
  await session.execute(change)
  const stored = storeMessages(db, { ...limits, sends: { count: 3, seconds: 60 } }, batch)
  await vi.waitFor(async () => {
    const waiting = await watcher.execute(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    )
    expect(waiting).toHaveLength(1)
  })
  await session.execute('commit')
  return await stored
}

describe('a send that has waited for its room or its user', () => {
  /** What another transaction does and commits while the send waits for it, and what the send gets then. */
  const changes: [string, (roomId: number, user: { id: number }) => string, string][] = [
    [
      '[R5] is refused when its user was removed meanwhile',
      (roomId, { id }) => `select seq from remove_member_v3(${roomId}, ${id}, ${id})`,
      'not_found',
    ],
    [
      '[R9] is refused when the room was archived meanwhile',
      (roomId) => `update rooms set archived_at = now() where id = ${roomId}`,
      'conflict',
    ],
    [
      '[S3] is refused when the room got a limit meanwhile',
      (roomId) => `update rooms set text_max = 3 where id = ${roomId}`,
      'bad_request',
    ],
    [
      'is refused when the room was deleted meanwhile',
      (roomId) => `update rooms set deleted_at = now() where id = ${roomId}`,
      'not_found',
    ],
    [
      '[W9] is refused when its user sent enough meanwhile',
      (_, { id }) =>
        `update users set sends_full_at = now() + make_interval(secs => 60) where id = ${id}`,
      'rate_limited',
    ],
    [
      '[M2] gets the next number when another message came meanwhile',
      (roomId) => `select * from append_event_v1(${roomId}, 'room.updated', null, null)`,
      'hello 3',
    ],
    [
      '[M3] is answered as a repeat when its message came meanwhile',
      (roomId, { id }) =>
        `with n as (select * from next_seq_v1(${roomId}))
         insert into messages (room_id, seq, user_id, text, client_id, created_at)
           select ${roomId}, n.seq, ${id}, 'before', 'waiting', n.at from n`,
      'before 2 again',
    ],
  ]

  test.each(changes)('%s', async (_, changeOf, expected) => {
    const ana = await insertUser()
    const outsider = await insertUser()
    const roomId = await insertRoom('private', ana.id)
    const { outcomes } = await sendBehind(
      changeOf(roomId, ana),
      send({ sessionId: ana.sessionId, roomId, clientId: 'waiting' }),
      // This one is refused before it locks the room, so the call still decides about a single send.
      send({ sessionId: outsider.sessionId, roomId }),
    )
    const [outcome] = outcomes.map((each) =>
      each instanceof ChatError
        ? each.code
        : `${each.message.message} ${each.message.seq}${each.isDuplicate ? ' again' : ''}`,
    )
    expect(outcome).toBe(expected)
  })

  test('[N2] notifies a member who asked for every message meanwhile', async () => {
    const [ana, ben] = [await insertUser(), await insertUser()]
    const roomId = await insertRoom('private', ana.id, ben.id)
    await sendBehind(
      `with r as (select id from rooms where id = ${roomId} for no key update)
       update memberships m set notify = 'all' from r where m.room_id = r.id and m.user_id = ${ben.id}`,
      send({ sessionId: ana.sessionId, roomId }),
    )
    const { rows } = await sql<{ count: number }>`
      select count(*) from notifications where user_id = ${ben.id} and room_id = ${roomId}`.execute(
      db,
    )
    expect(rows).toEqual([{ count: 1 }])
  })
})

/** A queue, with a record of its posts. */
function recordingQueue() {
  const posts: { to: readonly string[]; frame: string }[] = []
  const sender: Sender = {
    post: async (to, frame) => {
      posts.push({ to, frame })
      return []
    },
    close: async () => [],
  }
  const queue = createSendQueue({
    db,
    sender,
    fanOut: createInlineFanOut({ db, sender }),
    metrics: noMetrics,
    limits: { ...readLimits({}), ...limits },
  })
  return { queue, posts }
}

/** Returns the numbers of all events in these frames. */
function seqsOf(frames: string[]): number[] {
  return frames.flatMap((frame) =>
    [JSON.parse(frame)].flat().map(({ seq }: { seq: number }) => seq),
  )
}

describe(createSendQueue, () => {
  test('pushes concurrent sends in the order of the log: arrays to v1 sockets, single messages to others', async () => {
    const ana = await insertUser()
    const roomId = await insertRoom('public', ana.id)
    const v1 = await insertConnection(ana)
    const simple = await insertConnection(ana, { isSimple: true })
    const { queue, posts } = recordingQueue()
    const texts = Array.from({ length: 100 }, (_, n) => `${n} `.padEnd(1_000, 'x'))
    const sent = await Promise.all(
      texts.map((text) => queue.send(send({ sessionId: ana.sessionId, roomId, text }))),
    )
    expect(sent.map(({ message }) => message.message)).toEqual(texts)
    expect(sent.map(({ message }) => message.seq)).toEqual(texts.map((_, n) => n + 2))

    const framesTo = (id: string) =>
      posts.filter(({ to }) => to.includes(id)).map(({ frame }) => frame)
    const inOrder = texts.map((_, n) => n + 2)
    expect(seqsOf(framesTo(v1))).toEqual(inOrder)
    expect(seqsOf(framesTo(simple))).toEqual(inOrder)
    expect(framesTo(v1).length).toBeLessThan(10)
    expect(framesTo(v1).filter((frame) => Buffer.byteLength(frame) > frameOutMaxBytes)).toEqual([])
    expect(framesTo(simple)).toHaveLength(100)
    expect(framesTo(simple).filter((frame) => frame.startsWith('['))).toEqual([])
  })

  test('lets a send that the database refuses fail alone', async () => {
    const ana = await insertUser()
    const roomId = await insertRoom('public', ana.id)
    const { queue } = recordingQueue()
    const texts = ['first', 'good', 'with a \0', 'good too']
    const settled = await Promise.allSettled(
      texts.map((text) => queue.send(send({ sessionId: ana.sessionId, roomId, text }))),
    )
    expect(settled.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
    ])
  })

  test('keeps the frames of one-room sockets in the order of their room, after the first one', async () => {
    const users = await Promise.all(Array.from({ length: 5 }, insertUser))
    const roomId = await insertRoom('public', ...users.map(({ id }) => id))
    const { queue, posts } = recordingQueue()
    const sockets = await Promise.all(users.map((user) => insertConnection(user, { roomId })))
    for (const socket of sockets) queue.opened(socket, roomId)
    // A first send to a room has a lane of its own [C7], so these sends have no order among themselves.
    await Promise.all(sockets.map((connectionId) => queue.send(send({ connectionId }))))
    posts.length = 0
    await Promise.all(
      Array.from({ length: 50 }, (_, n) => queue.send(send({ connectionId: sockets[n % 5]! }))),
    )
    const seqs = seqsOf(posts.map(({ frame }) => frame))
    expect(seqs).toEqual(seqs.toSorted((a, b) => a - b))
    expect(seqs).toHaveLength(50)
  })

  test('does not let a blocked room delay another', async () => {
    const ana = await insertUser()
    const held = await insertRoom('public', ana.id)
    const free = await insertRoom('public', (await insertUser()).id)
    const bo = await insertUser()
    await sql`select seq from add_member_v2(${free}, ${bo.id}, 'member', ${bo.id}, 1000, 0)`.execute(
      db,
    )
    const { queue } = recordingQueue()
    await using holder = await openDatabase({ database })
    await holder.execute('begin')
    await holder.execute('select 1 from rooms where id = $1 for update', [held])
    const waiting = Promise.all(
      Array.from({ length: 30 }, () =>
        queue.send(send({ sessionId: ana.sessionId, roomId: held })),
      ),
    )
    const through = await queue.send(send({ sessionId: bo.sessionId, roomId: free }))
    expect(through.message.room_id).toBe(free)
    await holder.execute('commit')
    expect(await waiting).toHaveLength(30)
  })

  test(`returns the recipients again only when they have changed, and always the right ones (AUDIENCE_SEED=${seed})`, async () => {
    const users = await Promise.all(Array.from({ length: 6 }, insertUser))
    const speaker = users[0]!
    const roomId = await insertRoom('public', ...users.map(({ id }) => id))
    const next = createChance(seed)
    const pick = <T>(list: readonly T[]) => pickBy(next, list)
    const sockets: string[] = []
    const open = async () => {
      const isSimple = next() < 0.3
      sockets.push(
        await insertConnection(pick(users), { isSimple, ...(next() < 0.3 && { roomId }) }),
      )
    }
    const changes = [
      open,
      open,
      async () => void (await sql`delete from connections where id = ${pick(sockets)}`.execute(db)),
      async () => {
        const { id } = pick(users.slice(1))
        await sql`select seq from add_member_v2(${roomId}, ${id}, 'member', ${id}, 1000, 0)`.execute(
          db,
        )
      },
      async () => {
        const { id } = pick(users.slice(1))
        await sql`select seq from remove_member_v3(${roomId}, ${id}, ${id})`.execute(db)
      },
      // A subscription that a race has left over shows nothing.
      async () =>
        void (await sql`
          insert into subscriptions (room_id, connection_id)
          select cast(${roomId} as bigint), id from connections where id = ${pick(sockets)}
          on conflict do nothing`.execute(db)),
      // An expired connection that was not swept yet.
      async () => {
        const id = await insertConnection(pick(users))
        await sql`update connections set expires_at = now() - make_interval(secs => 1) where id = ${id}`.execute(
          db,
        )
      },
    ]
    const posts: string[] = []
    const sender: Pick<Sender, 'post'> = {
      post: async (ids) => {
        posts.push(...ids)
        return []
      },
    }
    const heard = async () => {
      posts.length = 0
      const { audiences } = await storeMessages(db, limits, [send({ ...speaker, roomId })])
      const { recipients } = audiences[0]!
      for (const shard of [0, 1]) {
        const message = { type: 'message', seq: 1, message: 'hello' } as DurableEvent
        await deliverToRoom({ db, sender }, roomId, [message], { shards: 2, shard })
      }
      const { rows } = await sql<{ connection_id: string; simple: boolean }>`
        select * from recipients_v1(${roomId}, '', true, 1000)`.execute(db)
      expect([...recipients].toSorted(byId)).toEqual(
        rows.map((row) => ({ connectionId: row.connection_id, isSimple: row.simple })),
      )
      expect(posts.toSorted()).toEqual(rows.map((row) => row.connection_id))
      return { recipients, subscribed: await countSubscriptions(roomId) }
    }
    const sweep = async () => {
      await sql`delete from connections where expires_at <= now()`.execute(db)
      await sql`
        delete from subscriptions s using connections c
         where c.id = s.connection_id and s.room_id = ${roomId} and not exists (
           select from memberships m where m.room_id = s.room_id and m.user_id = c.user_id)`.execute(
        db,
      )
    }
    let kept = 0
    for (let step = 0; step < 60; step++) {
      if (next() < 0.5) await sweep()
      await pick(changes)()
      const first = await heard()
      const again = await heard()
      expect(again.recipients).toEqual(first.recipients)
      if (first.recipients.length === 0) continue
      // An invalid subscription must be looked at each time.
      expect(again.recipients === first.recipients).toBe(
        first.recipients.length === first.subscribed,
      )
      if (again.recipients === first.recipients) kept++
    }
    expect(kept).toBeGreaterThan(10)

    await sweep()
    const last = await insertConnection(speaker)
    await sql`
      update connections set expires_at = clock_timestamp() + make_interval(secs => 0.3)
       where id = ${last}`.execute(db)
    const heardBefore = await heard()
    expect(heardBefore.recipients).toContainEqual({ connectionId: last, isSimple: false })
    await vi.waitFor(async () => {
      const { recipients } = await heard()
      expect(recipients).not.toContainEqual({ connectionId: last, isSimple: false })
    })
  })
})

async function countSubscriptions(roomId: number): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from subscriptions where room_id = ${roomId}`.execute(db)
  return rows[0]!.count
}

const byId = (a: Recipient, b: Recipient) => (a.connectionId < b.connectionId ? -1 : 1)
