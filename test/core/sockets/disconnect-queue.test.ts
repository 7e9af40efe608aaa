/** Sockets that close together. */
import { sql } from 'kysely'
import { afterAll, describe, expect, test } from 'vitest'
import { readLimits } from '../../../functions/env.ts'
import { createProcessLimits } from '../../../src/core/limits/process-limits.ts'
import { createDisconnectQueue } from '../../../src/core/sockets/disconnect-queue.ts'
import { ok } from '../../support/answers.ts'
import { Barrier, Observer } from '../../support/barrier.ts'
import { startTestServer } from '../../support/chat-server.ts'
import { collectLog } from '../../support/collect-log.ts'
import { openServerDatabase } from '../../support/server-database.ts'
import { statementsDuring } from '../../support/watch-database.ts'

const server = await startTestServer()
afterAll(() => server[Symbol.asyncDispose]())
const { db } = server

interface Push {
  readonly to: readonly string[]
  readonly event: Record<string, unknown>
}

interface QueueOptions {
  readonly isGone?: boolean
  readonly on?: typeof db
  readonly stopped?: AbortSignal
}

/** A queue as one process has it. Every connection is gone for its sender if `isGone`. */
function createQueue({ isGone = false, on = db, stopped }: QueueOptions = {}) {
  const pushes: Push[] = []
  const log = collectLog()
  const sender = {
    post: async (to: readonly string[], frame: string) => {
      const event: unknown = JSON.parse(frame)
      pushes.push({ to, event: event as Record<string, unknown> })
      return isGone ? [...to] : []
    },
  }
  const letGo = createDisconnectQueue(
    { db: on, sender, log, stopped },
    createProcessLimits(readLimits({})),
  )
  return { letGo, pushes, lines: log.lines }
}

let names = 0

/** Adds connections that are a minute old, one for each user. */
async function addConnections(userIds: readonly number[]): Promise<string[]> {
  const ids = userIds.map(() => `connection_${++names}`)
  const rows = JSON.stringify(ids.map((id, n) => ({ id, user_id: userIds[n] })))
  await sql`
    insert into connections (id, user_id, session_id, simple, connected_at, expires_at)
      select x.id, x.user_id, s.id, false, now() - interval '1 minute', now() + interval '1 hour'
        from jsonb_to_recordset(cast(${rows} as jsonb)) as x(id text, user_id bigint)
        cross join lateral (select id from sessions where user_id = x.user_id limit 1) s`.execute(
    db,
  )
  return ids
}

async function openConnections(): Promise<string[]> {
  const rows = await db.selectFrom('connections').select('id').orderBy('id').execute()
  return rows.map(({ id }) => id)
}

/** Registers users, each with a direct chat with the first of them. */
async function registerPartners(count: number) {
  const users = await Promise.all(Array.from({ length: count }, () => server.register()))
  const [first, ...others] = users
  for (const { username } of others) await ok(first!.post('/api/direct/', { username }))
  return users
}

const called = (statements: readonly { readonly sql: string }[]) =>
  statements.map(({ sql: text }) => /from (\w+_v\d+)/.exec(text)?.[1])

describe('sockets that close together', () => {
  test('[W11] share a statement for each hundred, and each user goes offline once', async () => {
    const [watcher, ...users] = await registerPartners(4)
    const [watching] = await addConnections([watcher!.id])
    const [held, ...ids] = await addConnections(
      Array.from({ length: 202 }, (_, n) => users[n % users.length]!.id),
    )
    const { letGo, pushes, lines } = createQueue()
    const statements = await statementsDuring(server, async () => {
      const outcomes = await Promise.all([held!, ...ids].map(letGo))
      expect(outcomes.filter((isGone) => !isGone)).toEqual([])
    })
    // Two for the sockets that find a free place, and two for those that wait meanwhile.
    expect(called(statements)).toEqual(Array.from({ length: 4 }, () => 'disconnect_v3'))
    expect(await openConnections()).toEqual([watching])
    const offline = pushes.map(({ to, event }) => [to, event['user_id'], event['online']])
    expect(offline).toHaveLength(users.length)
    for (const { id } of users) expect(offline).toContainEqual([[watching], id, false])
    expect(lines).toEqual([])
    await letGo(watching!)
  })

  test('[W11] wait alone when their rows are locked, and the others do not wait for them', async () => {
    const user = await server.register()
    const ids = await addConnections(Array.from({ length: 12 }, () => user.id))
    const { letGo, lines } = createQueue()
    await using observer = await Observer.of(server.database)
    await using barrier = await Barrier.hold(server.database, 'connections where id = $1', ids[7])
    const done = Promise.all(ids.map(letGo))
    await observer.waiting(1)
    await observer.until(async () => (await openConnections()).length === 1)
    expect(await openConnections()).toEqual([ids[7]])
    await barrier.release()
    expect(await done).toEqual(ids.map(() => true))
    expect(await openConnections()).toEqual([])
    expect(lines).toEqual([])
  })

  test('[W11] are all removed, with few statements, when the sockets that they tell are gone, too', async () => {
    const users = await registerPartners(20)
    const ids = await addConnections(users.map(({ id }) => id))
    const { letGo } = createQueue({ isGone: true })
    const statements = await statementsDuring(server, () => Promise.all(ids.map(letGo)))
    const names = called(statements)
    // A connection that forget_gone_v1 has locked at that moment is removed alone.
    expect(names.filter((name) => name === 'disconnect_v3').length).toBeLessThanOrEqual(
      3 + ids.length,
    )
    expect(names.filter((name) => name === 'forget_gone_v1').length).toBeLessThanOrEqual(3)
    expect(await openConnections()).toEqual([])
  })

  test('are one line of the log for each statement that fails', async () => {
    const closed = await openServerDatabase(server.database.connection, {})
    await sql`select 1`.execute(closed.db)
    await closed[Symbol.asyncDispose]()
    const { letGo, lines } = createQueue({ on: closed.db })
    const ids = Array.from({ length: 52 }, (_, n) => `failing_${n}`)
    expect(await Promise.all(ids.map(letGo))).toEqual(ids.map(() => false))
    expect(lines.map(({ message, fields }) => [message, fields['connectionIds']])).toEqual([
      ['disconnects failed', [ids[0]]],
      ['disconnects failed', [ids[1]]],
      ['disconnects failed', ids.slice(2)],
    ])
  })
})

test('sockets that wait when the process ends make no statement, and no line of the log', async () => {
  const stopping = new AbortController()
  const { letGo, lines } = createQueue({ stopped: stopping.signal })
  const statements = await statementsDuring(server, async () => {
    const done = Promise.all(Array.from({ length: 150 }, (_, n) => letGo(`ended_${n}`)))
    stopping.abort()
    await done
  })
  // Two of them had a place already.
  expect(statements).toHaveLength(2)
  expect(lines).toEqual([])
})

test('[W11] a server with 200 open sockets removes them with few statements when it stops', async () => {
  await using stopping = await startTestServer()
  const user = await stopping.register()
  await Promise.all(Array.from({ length: 200 }, () => user.connect()))
  const statements = await statementsDuring(stopping, () => stopping.running.close())
  const names = called(statements)
  expect(names.filter((name) => name === 'disconnect_v3').length).toBeLessThanOrEqual(6)
  expect(statements.length).toBeLessThanOrEqual(8)
  const left = await sql<{ count: number }>`select count(*) as count from connections`.execute(
    stopping.db,
  )
  expect(left.rows).toEqual([{ count: 0 }])
  expect(stopping.log.filter(({ level }) => level === 'error')).toEqual([])
})
