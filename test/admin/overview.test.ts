import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readDays } from '../../src/core/admin/days.ts'
import { createTally } from '../../src/core/monitoring/tally.ts'
import { type AdminBrowser, openAsAdmin, type Shown, textOf } from '../support/admin-browser.ts'
import { startTestServer, type TestServer } from '../support/chat-server.ts'
import type { TestUser } from '../support/test-user.ts'
import { ok } from '../support/answers.ts'
import { openSocket } from '../support/open-socket.ts'
import { openDatabase } from '../support/watch-database.ts'

let server: TestServer
let admin: TestUser
let browser: AdminBrowser
beforeAll(async () => {
  server = await startTestServer()
  ;({ user: admin, browser } = await openAsAdmin(server))
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

const dayOf = (daysAgo: number) =>
  new Date(Date.now() - daysAgo * 86_400_000).toISOString().slice(0, 10)

/** The days that have something, as the table of the overview shows them, the newest first. */
function daysIn({ html }: Shown): string[] {
  return Array.from(
    html.matchAll(/<tr>\s*<td data-label="Day"><span>([^<]+)<[^]*?<\/tr>/g),
    ([row]) =>
      row
        .replace(/<[^>]*>/g, ' ')
        .replace(/\s+/g, ' ')
        .trim(),
  ).filter((row) => !row.endsWith(' 0 0'))
}

describe('the overview', () => {
  test('counts each message into its day once, however it is asked', async () => {
    const [one, two] = [await server.register(), await server.register()]
    const room = await one.createRoom()
    await ok(two.post(`/api/rooms/${room.id}/join/`))
    for (const user of [one, one, two, two, two]) await ok(user.send(room.id, 'hello'))
    // Written just now: those with a lower number may not be there yet.
    expect(daysIn(await browser.get('/admin/'))).toEqual([])
    const ages = [40, 29, 3, 3, 1]
    const messages = await server.db.selectFrom('messages').orderBy('id').select('id').execute()
    for (const [n, { id }] of messages.entries()) {
      await sql`update messages set created_at = now() - make_interval(days => cast(${ages[n]!} as int))
        where id = ${id}`.execute(server.db)
    }
    const [first, again] = await Promise.all([browser.get('/admin/'), browser.get('/admin/')])
    const expected = [`${dayOf(1)} 1 1`, `${dayOf(3)} 2 1`, `${dayOf(29)} 1 1`]
    expect(daysIn(first)).toEqual(expected)
    expect(daysIn(again)).toEqual(expected)
    // What comes later is added, whoever wrote on that day before.
    await ok(two.send(room.id, 'later'))
    await ok(one.send(room.id, 'later'))
    await sql`update messages set created_at = now() - make_interval(days => 1)
      where text = 'later'`.execute(server.db)
    expect(daysIn(await browser.get('/admin/'))[0]).toBe(`${dayOf(1)} 3 2`)
    const { days, isBehind } = await readDays(server.db)
    expect([days.length, isBehind]).toEqual([30, false])
  })

  test('counts few messages at a time, and finds the first day among many that are older', async () => {
    await using own = await startTestServer()
    const user = await own.register()
    const room = await user.createRoom()
    await sql`
      insert into messages (room_id, seq, user_id, text, created_at)
      select ${room.id}, 100 + n, ${user.id}, 'x', now() - make_interval(days => cast(200 - n as int))
        from generate_series(1, 199) n`.execute(own.db)
    const counted = async (limit: number) =>
      (
        await sql<{ behind: boolean }>`select behind from count_days_v1(30, ${limit})`.execute(
          own.db,
        )
      ).rows[0]!.behind
    expect(await counted(10)).toBe(true)
    const sum = await sql<{ sum: number }>`
      select cast(sum(messages) as bigint) as sum from day_counts`.execute(own.db)
    expect(sum.rows[0]!.sum).toBe(10)
    const { days } = await readDays(own.db)
    expect(days.map(({ messages }) => messages)).toEqual([
      ...Array.from({ length: 29 }, () => 1),
      0,
    ])
  })

  test('links each figure to its list, and has its charts in the page', async () => {
    const { html } = await browser.get('/admin/')
    const links = Array.from(html.matchAll(/<dd>\s*<a href="([^"]+)"/g), ([, path]) => path!)
    expect(links).toHaveLength(11)
    for (const path of links.filter((each) => !each.startsWith('/admin/reports/'))) {
      const shown = await browser.get(path.replace(/^#.*/, '/admin/'))
      expect(shown.status).toBe(200)
      expect(shown.html).toContain(`id="${path.startsWith('#') ? path.slice(1) : 'main'}"`)
    }
    expect(html.match(/<svg[^>]*role="img"/g)).toHaveLength(2)
  })

  test('shows errors and refusals of all processes, in the last hour', async () => {
    const tallies = [createTally(server.db), createTally(server.db)]
    for (const [n, tally] of tallies.entries()) {
      tally.count('internal')
      for (let count = 0; count <= n; count++) tally.count('rate_limited')
      tally.count('not_found')
      await tally.flush()
    }
    await sql`
      insert into outcome_counts (minute, kind, count)
      values (now() - make_interval(mins => 61), 'error', 7)`.execute(server.db)
    const text = textOf(await browser.get('/admin/'))
    expect(text).toContain('Errors in an hour 2 Refusals in an hour 3')
    expect(text).toMatch(/UTC Error 2 .*UTC Refusal 3/)
  })

  test('is told of failures in one statement a minute, and keeps them while the database fails', async () => {
    await using own = await startTestServer()
    const tally = createTally(own.db)
    const before = own.statements.length
    for (let n = 0; n < 1_000; n++) tally.count(n % 2 === 0 ? 'rate_limited' : 'unavailable')
    await using database = await openDatabase(own)
    const rename = (from: string, to: string) =>
      database.execute(`alter table ${from} rename to ${to}`)
    await rename('outcome_counts', 'away')
    await tally.flush()
    tally.count('internal')
    await rename('away', 'outcome_counts')
    await tally.flush()
    await tally.flush({ now: true })
    await tally.flush({ now: true })
    const { rows } = await sql<{ kind: string; count: number }>`
      select kind, cast(sum(count) as bigint) as count from outcome_counts group by kind order by kind`.execute(
      own.db,
    )
    expect(rows).toEqual([
      { kind: 'error', count: 501 },
      { kind: 'refusal', count: 500 },
    ])
    const written = own.statements
      .slice(before)
      .filter(({ sql: text }) => text.includes('into outcome_counts'))
    expect(written.length).toBeLessThanOrEqual(2)
  })

  test('has what the server itself refused', async () => {
    await using own = await startTestServer({ limits: { roomChanges: { count: 1, seconds: 60 } } })
    const user = await own.register()
    const room = await user.createRoom()
    await ok(user.patch(`/api/rooms/${room.id}/`, { title: 'One' }))
    for (const title of ['Two', 'Three']) {
      expect((await user.patch(`/api/rooms/${room.id}/`, { title })).status).toBe(429)
    }
    const next = await own.restart()
    const { rows } = await sql`select kind, count from outcome_counts`.execute(next.db)
    await next[Symbol.asyncDispose]()
    expect(rows).toEqual([{ kind: 'refusal', count: 2 }])
  })
})

describe('connections', () => {
  test('are listed with their user, room, address and since when', async () => {
    const user = await server.register('connected')
    const room = await user.createRoom({ title: 'Hallway' })
    await using _all = await openSocket(user)
    await using _one = await user.connect(`/ws/chat/${room.name}/`)
    const text = textOf(await browser.get('/admin/connections/?user=CONNECTED'))
    expect(text).toMatch(
      /connected Hallway 127\.0\.0\.1 \d{4}-.* UTC Close… connected All rooms of the user 127\.0\.0\.1/,
    )
    const first = await browser.get('/admin/connections/?user=connected&limit=1')
    const next = /href="([^"]+)" rel="next"/.exec(first.html)![1]!.replaceAll('&amp;', '&')
    expect(textOf(await browser.get(next))).toContain('connected All rooms of the user')
    const nobody = await browser.get('/admin/connections/?user=nobody_here')
    expect(textOf(nobody)).toContain('Username is not the name of a user')
    for (const query of ['user=a+b', 'cursor=a1', 'other=1', 'done=x']) {
      expect((await browser.get(`/admin/connections/?${query}`)).status).toBe(400)
    }
  })

  test('are closed one by one, and may come back', async () => {
    const user = await server.register()
    await using socket = await openSocket(user)
    await using other = await openSocket(user)
    const list = await browser.get(`/admin/connections/?user=${user.username}`)
    const [, link] = /href="(\/admin\/connections\/close\/\?id=[^"]+)"/.exec(list.html)!
    const page = await browser.get(link!)
    expect(textOf(page)).toContain('The client of the user may open another one.')
    const again = await browser.submit(page, '/admin/connections/close/', {
      reason: 'x'.repeat(501),
    })
    expect(again.status).toBe(400)
    const shown = await browser.submit(page, '/admin/connections/close/', { reason: 'stuck' })
    expect(textOf(shown)).toContain('The connection is closed.')
    // The list begins with the newest.
    expect(await other.next('bye')).toMatchObject({ code: 'closed', reconnect: true })
    await other.closed
    await using _back = await openSocket(user)
    await ok(user.get('/api/users/me/'))
    socket.send({ action: 'heads' })
    await socket.next('heads')
    expect((await browser.submit(page, '/admin/connections/close/', { reason: '' })).status).toBe(
      404,
    )
    const log = await server.db
      .selectFrom('audit_log')
      .where('action', '=', 'close_connection')
      .select(['actor_id', 'subject_id', 'reason', 'before'])
      .execute()
    expect(log).toMatchObject([{ actor_id: admin.id, subject_id: user.id, reason: 'stuck' }])
    expect(log[0]!.before).toContain('127.0.0.1')
  })
})
