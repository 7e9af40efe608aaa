/** Sockets that are let in together. A recording sender sees every push. */
import { sql } from 'kysely'
import { afterAll, describe, expect, test } from 'vitest'
import { readLimits } from '../../../functions/env.ts'
import { toChatError } from '../../../functions/to-chat-error.ts'
import { createInlineFanOut } from '../../../src/core/fan-out/inline-fan-out.ts'
import { createProcessLimits } from '../../../src/core/limits/process-limits.ts'
import type { Sender } from '../../../src/core/ports.ts'
import type { Connect } from '../../../src/core/sockets/connect.ts'
import { createConnectQueue } from '../../../src/core/sockets/connect-queue.ts'
import { startTestServer } from '../../support/chat-server.ts'
import { collectLog } from '../../support/collect-log.ts'
import { openDatabase, statementsDuring } from '../../support/watch-database.ts'

const server = await startTestServer({ poolSize: 20 })
afterAll(() => server[Symbol.asyncDispose]())
const { db } = server

interface Session {
  readonly userId: number
  readonly sessionId: number
}

interface Push {
  readonly to: readonly string[]
  readonly events: readonly Record<string, unknown>[]
}

let names = 0

/** Adds users with a session each. */
async function addUsers(count: number): Promise<Session[]> {
  const prefix = `user_${++names}_`
  const { rows } = await sql<{ id: number; user_id: number }>`
    with made as (
      insert into users (username, password_hash)
        select ${prefix} || n, '' from generate_series(1, cast(${count} as int)) n returning id)
    insert into sessions (user_id, expires_at, refresh_family)
      select m.id, now() + interval '1 day', ${prefix} || m.id from made m order by m.id
    returning id, user_id`.execute(db)
  return rows.map(({ id, user_id }) => ({ userId: user_id, sessionId: id }))
}

/** Adds a room without members. */
async function addRoom(kind: 'public' | 'private' = 'public') {
  const name = `room_${++names}`
  const { rows } = await sql<{ id: number }>`
    insert into rooms (kind, name, title) values (${kind}, ${name}, ${name}) returning id`.execute(
    db,
  )
  return { id: rows[0]!.id, name }
}

async function addMember(roomId: number, { userId }: Session): Promise<void> {
  await sql`
    with made as (
      insert into memberships (room_id, user_id, role) values (${roomId}, ${userId}, 'member') returning room_id)
    update rooms set member_count = member_count + 1 where id in (select room_id from made)`.execute(
    db,
  )
}

/** A queue as one process has it, with a record of its pushes. */
function createQueue(
  more: Partial<ReturnType<typeof readLimits>> = {},
  onPost: () => void = () => undefined,
) {
  const pushes: Push[] = []
  const sender: Sender = {
    post: async (to, frame) => {
      onPost()
      const event: unknown = JSON.parse(frame)
      pushes.push({ to, events: [event].flat() as Record<string, unknown>[] })
      return []
    },
    close: async () => [],
  }
  const limits = { ...readLimits({}), ...more }
  const fanOut = createInlineFanOut({ db, sender })
  const log = collectLog()
  const letIn = createConnectQueue({ db, sender, fanOut, limits, log }, createProcessLimits(limits))
  const pushesTo = (id: string) =>
    pushes.filter(({ to }) => to.includes(id)).map(({ events }) => events)
  return { letIn, pushes, pushesTo, lines: log.lines }
}

function request({ sessionId }: Session, roomName?: string, more: Partial<Connect> = {}): Connect {
  const connectionId = `connection_${++names}`
  return { connectionId, sessionId, roomName, isSimple: false, address: '192.0.2.1', ...more }
}

/** Returns the outcomes of connects: the room, undefined, or the code of the error. */
async function outcomesOf(connects: Promise<number | undefined>[]) {
  const settled = await Promise.allSettled(connects)
  return settled.map((each) =>
    each.status === 'fulfilled' ? each.value : toChatError(each.reason).code,
  )
}

/** Resolves when two sockets have taken the two places for arrivals. So those that come next wait together. */
async function together(
  letIn: ReturnType<typeof createConnectQueue>,
  connects: readonly (readonly [Session, Connect])[],
) {
  const [one, two] = await addUsers(2)
  const first = [letIn(one!.userId, request(one!)), letIn(two!.userId, request(two!))]
  const outcomes = outcomesOf(connects.map(([{ userId }, connect]) => letIn(userId, connect)))
  await Promise.all(first)
  return await outcomes
}

describe('sockets that wait together', () => {
  test('[W1, W2] share a statement for each fifty, and a room hears of them in one frame', async () => {
    const rooms = [await addRoom(), await addRoom()]
    const { letIn, pushes, pushesTo } = createQueue()
    const [watcher, ...crowd] = await addUsers(101)
    const watching = request(watcher!)
    for (const { id } of rooms) await addMember(id, watcher!)
    await letIn(watcher!.userId, watching)

    let outcomes: unknown[] = []
    const statements = await statementsDuring(server, async () => {
      const connects = crowd.map((each, n) => [each, request(each, rooms[n % 2]!.name)] as const)
      outcomes = await together(letIn, connects)
    })
    expect(outcomes).toEqual(crowd.map((_, n) => rooms[n % 2]!.id))
    const called = statements.filter(({ sql: text }) => text.includes('connect_v5'))
    // Two for the sockets that hold the places, and two for the hundred that wait.
    expect(called).toHaveLength(4)
    for (const { id } of rooms) {
      const heard = pushesTo(watching.connectionId)
        .filter(([event]) => event!['room_id'] === id)
        .map((events) => events.map(({ seq }) => seq))
      expect(heard.flat()).toEqual(Array.from({ length: 50 }, (_, n) => 1 + n))
      expect(heard).toHaveLength(2)
      const { rows } = await sql<{ last_seq: number; member_count: number }>`
        select last_seq, member_count from rooms where id = ${id}`.execute(db)
      expect(rows).toEqual([{ last_seq: 50, member_count: 51 }])
    }
    // Each frame goes to the sockets that came before. The sockets of the same statement do not hear of each other.
    expect(pushes.length).toBeLessThanOrEqual(4)
  })

  test('[W1, W2] each get the answer that they would get alone', async () => {
    const [open, empty, ours] = [await addRoom(), await addRoom(), await addRoom('private')]
    const { letIn, pushes, pushesTo } = createQueue({ roomsPerUser: 2 })
    const [owner, direct, elsewhere, ...crowd] = await addUsers(20)
    await addMember(open.id, owner!)
    await addMember(ours.id, owner!)
    const { rows } = await sql<{ id: number }>`
      insert into rooms (kind, name, title) values ('direct', ${`direct_${++names}`}, '') returning id`.execute(
      db,
    )
    for (const user of [owner!, direct!]) await addMember(rows[0]!.id, user)
    const [watching, other] = [request(owner!), request(elsewhere!)]
    await letIn(owner!.userId, watching)
    await letIn(elsewhere!.userId, other)
    pushes.length = 0
    const [revoked, suspended, banned, pardoned, often, joining, full, stale, many, ...free] = crowd
    await sql`update sessions set revoked_at = now() where id = ${revoked!.sessionId}`.execute(db)
    await sql`update users set suspended_at = now() where id = ${suspended!.userId}`.execute(db)
    await sql`
      insert into bans (room_id, user_id, reason, expires_at)
        values (${open.id}, ${banned!.userId}, '', null), (${open.id}, ${pardoned!.userId}, '', now())`.execute(
      db,
    )
    await sql`
      insert into user_limits (user_id, connects_full_at)
        values (${often!.userId}, now() + interval '1 hour')`.execute(db)
    await sql`
      insert into rate_limits (key, full_at)
        values (${`joins:${joining!.userId}`}, now() + interval '1 hour')`.execute(db)
    for (let n = 0; n < 2; n++) await addMember((await addRoom()).id, full!)
    await sql`
      insert into membership_counts (user_id, rooms, directs)
        values (${full!.userId}, 2, 0), (${stale!.userId}, 2, 0)`.execute(db)
    await sql`
      insert into connections (id, user_id, session_id, simple, expires_at)
        select 'full_' || n, ${many!.userId}, ${many!.sessionId}, false, now() + interval '1 hour'
          from generate_series(1, 50) n`.execute(db)
    const [first, second, simple] = free

    const expected = [
      [owner!, request(owner!, ours.name), ours.id],
      [direct!, request(direct!), undefined],
      [elsewhere!, request(elsewhere!, open.name), open.id],
      [revoked!, request(revoked!, open.name), 'session_revoked'],
      [suspended!, request(suspended!, open.name), 'forbidden'],
      [banned!, request(banned!, open.name), 'forbidden'],
      [pardoned!, request(pardoned!, open.name), open.id],
      [often!, request(often!, open.name), 'rate_limited'],
      [joining!, request(joining!, open.name), 'rate_limited'],
      [full!, request(full!, open.name), 'conflict'],
      [stale!, request(stale!, open.name), open.id],
      [many!, request(many!, open.name), 'rate_limited'],
      [first!, request(first!, empty.name.toUpperCase()), empty.id],
      [second!, request(second!, empty.name), empty.id],
      [simple!, request(simple!, open.name, { isSimple: true }), open.id],
      [free[3]!, request(free[3]!, ours.name), 'not_found'],
      [free[4]!, request(free[4]!, 'no_such_room'), 'not_found'],
      [free[5]!, request(free[5]!), undefined],
    ] as const
    const connects = expected.map(([user, connect]) => [user, connect] as const)
    const statements = await statementsDuring(server, async () => {
      expect(await together(letIn, connects)).toEqual(expected.map(([, , outcome]) => outcome))
    })
    const called = statements.map(({ sql: text }) => /from (connect_v5|rooms r)\b/.exec(text)?.[1])
    // Two for the sockets that hold the places, one for all that wait, and one for the room that `elsewhere` is shown.
    expect(called.filter((name) => name !== undefined).toSorted()).toEqual([
      ...Array.from({ length: 3 }, () => 'connect_v5'),
      'rooms r',
    ])

    const joined = [elsewhere!, pardoned!, stale!, simple!].map(({ userId }) => userId)
    const toOwner = pushesTo(watching.connectionId).flat()
    expect(toOwner.filter(({ type }) => type === 'member.joined')).toMatchObject(
      joined.map((user_id, n) => ({ room_id: open.id, user_id, seq: 1 + n, role: 'member' })),
    )
    expect(toOwner.filter(({ type }) => type === 'presence')).toMatchObject([
      { user_id: direct!.userId, online: true },
    ])
    const toOther = pushesTo(other.connectionId).flat()
    expect(toOther.find(({ type }) => type === 'room.added')).toMatchObject({
      room: { id: open.id, member_count: 5 },
    })

    const members = await sql`
      select room_id, user_id, role, last_read_seq from memberships
       where room_id in (${open.id}, ${empty.id}) and user_id <> ${owner!.userId} order by room_id, last_read_seq`.execute(
      db,
    )
    expect(members.rows).toEqual([
      ...joined.map((user_id, n) => ({
        room_id: open.id,
        user_id,
        role: 'member',
        last_read_seq: n,
      })),
      { room_id: empty.id, user_id: first!.userId, role: 'owner', last_read_seq: 0 },
      { room_id: empty.id, user_id: second!.userId, role: 'member', last_read_seq: 1 },
    ])
    const bans = await sql`select user_id from bans where room_id = ${open.id}`.execute(db)
    expect(bans.rows).toEqual([{ user_id: banned!.userId }])
    // A refused socket leaves no connection, and an accepted one hears of its rooms.
    const accepted = expected.filter(([, , outcome]) => typeof outcome !== 'string')
    const ids = sql.join(expected.map(([, { connectionId }]) => connectionId))
    const kept = await sql<{ id: string; room_id: number | null }>`
      select c.id, s.room_id
        from connections c
        left join subscriptions s on s.connection_id = c.id and s.room_id in (${open.id}, ${empty.id}, ${ours.id})
       where c.id in (${ids})`.execute(db)
    expect(new Map(kept.rows.map(({ id, room_id }) => [id, room_id]))).toEqual(
      new Map(accepted.map(([, { connectionId }, roomId]) => [connectionId, roomId ?? null])),
    )
  })

  test('fail alone when the database refuses one of them', async () => {
    const room = await addRoom()
    const { letIn } = createQueue()
    const users = await addUsers(4)
    const connects = users.map((each) => [each, request(each, room.name)] as const)
    const [, twice] = connects[1]!
    const outcomes = await together(letIn, [
      connects[0]!,
      connects[1]!,
      [users[2]!, { ...twice, sessionId: users[2]!.sessionId }],
      connects[3]!,
    ])
    expect(outcomes).toEqual([room.id, room.id, 'internal', room.id])
    const { rows } = await sql`
      select seq, subject_id from room_events where room_id = ${room.id} order by seq`.execute(db)
    expect(rows).toEqual([0, 1, 3].map((n, at) => ({ seq: 1 + at, subject_id: users[n]!.userId })))
  })

  test('[W7] are let in although the push that tells of them fails', async () => {
    const room = await addRoom()
    const users = await addUsers(3)
    let isBroken = false
    const { letIn, lines } = createQueue({}, () => {
      if (isBroken) throw new Error('the push failed')
    })
    await letIn(users[0]!.userId, request(users[0]!, room.name))
    isBroken = true
    const outcomes = await together(letIn, [
      [users[1]!, request(users[1]!, room.name)],
      [users[2]!, request(users[2]!, 'no_such_room')],
    ])
    expect(outcomes).toEqual([room.id, 'not_found'])
    expect(lines.map(({ message }) => message)).toEqual(['others were not told of new sockets'])
  })

  test('[W2] are let in one after another when they are of one user, so that none exceeds the limit', async () => {
    const { letIn } = createQueue({ connectionsPerUser: 2 })
    const [user] = await addUsers(1)
    const connects = Array.from({ length: 4 }, () => [user!, request(user!)] as const)
    expect(await together(letIn, connects)).toEqual([
      undefined,
      undefined,
      'rate_limited',
      'rate_limited',
    ])
  })
})

test('[M2] two processes let the same users into the same rooms: nothing fails, and every log is gapless', async () => {
  const rooms = await Promise.all(Array.from({ length: 3 }, () => addRoom()))
  const users = await addUsers(60)
  const processes = [createQueue(), createQueue()]
  const outcomes = processes.map(({ letIn }, process) => {
    // One process goes through users and rooms forwards, the other backwards.
    const order = process === 0 ? users : users.toReversed()
    return outcomesOf(
      order.map((user, n) => letIn(user.userId, request(user, rooms[n % rooms.length]!.name))),
    )
  })
  for (const each of await Promise.all(outcomes)) {
    expect(each.filter((outcome) => typeof outcome !== 'number')).toEqual([])
  }
  for (const { id } of rooms) {
    const { rows } = await sql<{ seq: number; subject_id: number }>`
      select seq, subject_id from room_events where room_id = ${id} order by seq`.execute(db)
    expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, n) => n + 1))
    const members = await sql<{ count: number }>`
      select count(*) from memberships where room_id = ${id}`.execute(db)
    expect(rows).toHaveLength(members.rows[0]!.count)
    expect(new Set(rows.map(({ subject_id }) => subject_id)).size).toBe(rows.length)
  }
})

test('a room of many sockets is read by their ids, also with plans that were made while there were none', async () => {
  const [room, other] = [await addRoom(), await addRoom()]
  const [owner, newcomer, ...users] = await addUsers(402)
  await using session = await openDatabase(server)
  const publish = async () => {
    await session.execute(`select * from recipients_v1($1, '', true, 201)`, [room.id])
    await session.execute(`select * from audience_page_v1($1, 1, 0, '', 201, '')`, [room.id])
  }
  const connect = async (...requests: Connect[]) => {
    const batch = requests.map(({ connectionId, sessionId, roomName, isSimple, address }) => ({
      connection_id: connectionId,
      session_id: sessionId,
      room_name: roomName,
      simple: isSimple,
      address,
    }))
    await session.execute('select * from connect_v5($1, 7200, 360, 50, 9, 60, 9, 60, 9, 201)', [
      JSON.stringify(batch),
    ])
  }
  await session.execute('delete from connections')
  await session.execute('vacuum connections, subscriptions')
  await publish()
  await connect(request(owner!, room.name))
  await connect(...users.map((user, n) => request(user, n < 200 ? room.name : other.name)))

  await session.execute('begin')
  const readRows = async () => {
    const rows = await session.execute(
      `select seq_tup_read + idx_tup_fetch as count from pg_stat_xact_user_tables
        where relname in ('connections', 'subscriptions') order by relname`,
    )
    return rows.map(({ count }) => Number(count))
  }
  // These may have counts of the transactions before.
  const before = await readRows()
  await publish()
  await connect(request(newcomer!, room.name))
  const after = await readRows()
  await session.execute('commit')
  const [connections, subscriptions] = after.map((count, n) => count - before[n]!)
  // Each of the two reads the 201 sockets of the room, and so does the event of the newcomer.
  expect(connections).toBeGreaterThan(3 * 200)
  expect(connections).toBeLessThan(4 * 200)
  // The state of an audience is another read.
  expect(subscriptions).toBeLessThan(5 * 200)
})
