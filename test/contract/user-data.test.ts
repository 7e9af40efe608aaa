/** Password links [A9], the export [A10] and the erasure [A11] of one user's data, by the user and by an admin. */
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readExportFile } from '../../src/core/admin/export-user.ts'
import { makeAdmin } from '../../src/core/accounts/create-admin.ts'
import { exportUser } from '../../src/core/accounts/export-user.ts'
import { continueErasure } from '../../src/core/accounts/erase-messages.ts'
import type { ExportPosition, ExportRows } from '../../src/protocol/exports.ts'
import { pageMaxBytes } from '../../src/protocol/limits.ts'
import { noMetrics } from '../../src/core/monitoring/no-metrics.ts'
import { csrfTokenOf } from '../../functions/admin/csrf.ts'
import { readLimits } from '../../functions/env.ts'
import { type AdminBrowser, openAsAdmin, type Shown, textOf } from '../support/admin-browser.ts'
import { startTestServer, type TestServer } from '../support/chat-server.ts'
import { testPassword, type TestUser } from '../support/test-user.ts'
import { historyOf, ok, problemOf } from '../support/answers.ts'
import { invite, join } from '../support/memberships.ts'
import { logOf, openSocket } from '../support/open-socket.ts'
import { sessionOf } from '../support/sign-token.ts'
import { statementsDuring } from '../support/watch-database.ts'

let server: TestServer
let me: TestUser
let browser: AdminBrowser
beforeAll(async () => {
  server = await startTestServer({
    limits: { exports: { count: 100_000, seconds: 60 } },
  })
  ;({ user: me, browser } = await openAsAdmin(server))
})
afterAll(() => server[Symbol.asyncDispose]())

async function submit(user: TestUser, page: string, fields: Record<string, string> = {}) {
  const path = `/admin/users/${user.id}/${page}/`
  return await browser.submit(await browser.get(path), path, fields)
}

async function auditOf(user: TestUser, action: string) {
  return await server.db
    .selectFrom('audit_log')
    .where('subject_id', '=', user.id)
    .where('action', '=', action as 'erase_user')
    .select(['actor_id', 'reason', 'before', 'after'])
    .execute()
}

async function makeLink(user: TestUser): Promise<string> {
  const shown = await submit(user, 'password-link', { reason: 'asked by phone' })
  const link = new RegExp(`${server.url}/password#([A-Za-z0-9_-]{43})\\s*<`).exec(shown.html)
  if (!link) throw new Error(`no link: ${textOf(shown)}`)
  return link[1]!
}

const loginWith = (user: TestUser, password: string) =>
  server.call('POST', '/api/login/', { username: user.username, password })

describe('[A9] a link that sets a password', () => {
  const newPassword = 'quite another one'

  const use = (token: string, password = newPassword) =>
    server.call('POST', '/api/password-link/', { token, new_password: password })

  test('is shown once, stored as a hash, and audited without its token', async () => {
    const user = await server.register()
    const token = await makeLink(user)
    expect(await auditOf(user, 'make_password_link')).toEqual([
      { actor_id: me.id, reason: 'asked by phone', before: null, after: null },
    ])
    expect(textOf(await browser.get(`/admin/users/${user.id}/password-link/`))).not.toContain(token)
    const [row] = await server.db
      .selectFrom('password_links')
      .where('user_id', '=', user.id)
      .select([
        'token_hash',
        sql<number>`cast(extract(epoch from expires_at - now()) as float8)`.as('seconds'),
      ])
      .execute()
    expect(row!.token_hash).not.toContain(token)
    expect(row!.seconds).toBeGreaterThan(23.9 * 3600)
    expect(row!.seconds).toBeLessThanOrEqual(24 * 3600)
    expect(JSON.stringify(server.log)).not.toContain(token)
  })

  test('sets the password once, and ends all sessions and sockets', async () => {
    const user = await server.register()
    await using socket = await openSocket(user)
    const token = await makeLink(user)
    // A refused password does not use the link up.
    for (const password of ['short', user.username.padEnd(8, 'x').slice(0, 3), 'password1']) {
      expect(problemOf(await use(token, password))).toBe('400 bad_request')
    }
    expect(await ok(use(token))).toEqual({ username: user.username, display_name: null })
    await socket.closed
    expect(problemOf(await user.get('/api/users/me/'))).toBe('401 session_revoked')
    expect((await loginWith(user, testPassword)).status).toBe(401)
    expect((await loginWith(user, newPassword)).status).toBe(200)
    expect(problemOf(await use(token))).toBe('404 not_found')
  })

  test('answers the same when it is replaced, used, expired, void or invented', async () => {
    const users = await Promise.all(Array.from({ length: 5 }, () => server.register()))
    const [replaced, used, expired, changed, promoted] = users as [
      TestUser,
      TestUser,
      TestUser,
      TestUser,
      TestUser,
    ]
    const tokens = []
    for (const user of users) tokens.push(await makeLink(user))
    const second = await makeLink(replaced)
    await ok(use(tokens[1]!))
    await sql`update password_links set expires_at = now() - make_interval(secs => 1)
               where user_id = ${expired.id}`.execute(server.db)
    await ok(
      changed.post('/api/users/me/password/', {
        current_password: testPassword,
        new_password: 'a password of my own',
      }),
    )
    // It does not become valid again when the admin rights are revoked.
    await makeAdmin(server.db, promoted.id)
    await sql`update users set is_admin = false where id = ${promoted.id}`.execute(server.db)
    const answers = []
    for (const token of [...tokens, 'x'.repeat(43), '']) answers.push(await use(token))
    for (const answer of answers) {
      expect(problemOf(answer)).toBe('404 not_found')
      expect(answer.body).toEqual(answers[0]!.body)
    }
    expect((await loginWith(used, newPassword)).status).toBe(200)
    expect((await loginWith(changed, newPassword)).status).toBe(401)
    expect((await use(second)).status).toBe(200)
  })

  test('is used by one of two concurrent requests', async () => {
    const user = await server.register()
    const token = await makeLink(user)
    const answers = await Promise.all([
      use(token, 'the first of two'),
      use(token, 'the second one'),
    ])
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 404])
  })

  test('does not change a suspension', async () => {
    const user = await server.register()
    await submit(user, 'suspend', { reason: 'spam' })
    const token = await makeLink(user)
    await ok(use(token))
    expect(problemOf(await loginWith(user, newPassword))).toBe('403 forbidden')
  })

  test('cannot be made for an admin', async () => {
    const { user } = await openAsAdmin(server)
    expect((await browser.get(`/admin/users/${user.id}/`)).html).not.toContain('password-link')
    const shown = await submit(user, 'password-link', { reason: '' })
    expect(shown.status).toBe(409)
    expect(textOf(shown)).toContain('revoke their admin rights first')
    expect(await auditOf(user, 'make_password_link')).toEqual([])
  })

  test('costs one look-up when its token is wrong, and is limited by address', async () => {
    await using own = await startTestServer({
      limits: { loginsPerAddress: { count: 2, seconds: 600 } },
    })
    const wrong = () =>
      own.call('POST', '/api/password-link/', { token: 'wrong', new_password: newPassword })
    const statements = await statementsDuring(own, wrong)
    expect(statements).toHaveLength(2)
    expect((await wrong()).status).toBe(404)
    expect(problemOf(await wrong())).toBe('429 rate_limited')
  })
})

/** Returns the whole export of a user, with its pages joined. */
async function exportOf(user: TestUser) {
  const all: Record<string, unknown[]> = {}
  const pages: (ExportRows & { next: string | null })[] = []
  for (let at: string | null = '/api/users/me/export/'; at !== null; at = pages.at(-1)!.next) {
    const page: ExportRows & { next: string | null } = await ok(user.get(at))
    pages.push(page)
    const { next: _, ...rows } = page
    for (const [kind, some] of Object.entries(rows)) (all[kind] ??= []).push(...some)
    if (pages.length > 100) throw new Error('the export does not end')
  }
  return { pages, all: all as Required<ExportRows> }
}

/** Stores this many messages of a user, as if they had been sent. */
async function fill(user: TestUser, roomId: number, count: number, text: string): Promise<void> {
  await sql`
    with numbered as (
      select n, r.last_seq + n as seq from rooms r, generate_series(1, cast(${count} as int)) n where r.id = ${roomId}),
    made as (
      insert into messages (room_id, seq, user_id, text, client_id, created_at)
      select ${roomId}, seq, ${user.id}, ${text} || n, 'filled-' || n, now() from numbered
      returning id, seq),
    logged as (
      insert into room_events (room_id, seq, kind, created_at, actor_id, message_id)
      select ${roomId}, seq, 'message', now(), ${user.id}, id from made returning 1)
    update rooms set last_seq = last_seq + ${count} where id = ${roomId}`.execute(server.db)
}

/** Returns the address of a page's download button. */
const linkOf = ({ html }: Shown) =>
  /href="([^"]+\/file\/\?[^"]+)"/.exec(html)![1]!.replaceAll('&amp;', '&')

describe('[A10] the export', () => {
  test('continues when a page is full right before the messages', async () => {
    const user = await server.register()
    const room = await user.createRoom()
    await ok(user.send(room.id, 'the only one'))
    // 500 rows, with the profile, the session and the room.
    await sql`
      insert into notifications (user_id, kind, room_id, message_seq, actor_id)
      select ${user.id}, 'mention', ${room.id}, n, ${user.id} from generate_series(1, 497) n`.execute(
      server.db,
    )
    const { all } = await exportOf(user)
    expect(all.notifications).toHaveLength(497)
    expect(all.messages).toMatchObject([{ message: 'the only one' }])
  })

  test('has everything that is stored about a user, and no word of others', async () => {
    const [user, other] = [await server.register(), await server.register()]
    await ok(user.patch('/api/users/me/', { bio: 'Mostly tea', display_name: 'Ana María' }))
    const room = await user.createRoom({ title: 'Tea', kind: 'private' })
    await invite(user, room, 'member', other)
    const direct = await ok(user.post('/api/direct/', { username: other.username }))
    const first = await ok(user.send(room.id, 'my first words', { client_id: 'one' }))
    const theirs = await ok(other.send(room.id, `secret words of theirs @${user.username}`))
    await ok(user.patch(`/api/messages/${room.id}/${first.seq}/`, { message: 'my better words' }))
    const gone = await ok(user.send(room.id, 'taken back'))
    await ok(user.delete(`/api/messages/${room.id}/${gone.seq}/`))
    await ok(user.send(direct.id, 'said to one'))
    await ok(user.put(`/api/messages/${room.id}/${theirs.seq}/reactions/🎉/`))
    await ok(user.put(`/api/messages/${room.id}/${theirs.seq}/report/`, { reason: 'spam' }))
    await ok(user.put(`/api/users/me/blocks/${other.username}/`))
    const banned = await other.createRoom({ title: 'Coffee', kind: 'public' })
    await ok(
      other.put(`/api/rooms/${banned.id}/bans/${user.username}/`, { reason: 'too much tea' }),
    )
    await sql`insert into held_messages (room_id, user_id, client_id, text, mentions)
      values (${room.id}, ${user.id}, 'held', 'it waits', '[]')`.execute(server.db)

    const { pages, all } = await exportOf(user)
    expect(pages).toHaveLength(1)
    expect(all.profile).toMatchObject([{ id: user.id, bio: 'Mostly tea', is_admin: false }])
    expect(all.sessions).toMatchObject([{ id: sessionOf(user), ended_at: null }])
    expect(all.rooms).toMatchObject([
      { room_id: room.id, kind: 'private', title: 'Tea', role: 'owner', notify: 'mentions' },
      { room_id: direct.id, kind: 'direct', title: other.username },
    ])
    expect(all.bans).toMatchObject([{ room_id: banned.id, until: null }])
    expect(all.blocks).toMatchObject([{ user_id: other.id, username: other.username }])
    expect(all.reports).toMatchObject([
      { room_id: room.id, message_seq: theirs.seq, user_id: other.id, reason: 'spam' },
    ])
    expect(all.held_messages).toMatchObject([{ room_id: room.id, message: 'it waits' }])
    expect(all.notifications).toMatchObject([
      { kind: 'mention', room_id: room.id, message_seq: theirs.seq, user_id: other.id, text: null },
    ])
    expect(all.messages.map(({ room_id, message }) => [room_id, message]).toSorted()).toEqual([
      [room.id, 'my better words'],
      [direct.id, 'said to one'],
    ])
    expect(all.messages.find(({ id }) => id === first.id)).toMatchObject({
      seq: first.seq,
      client_id: 'one',
      edited_at: expect.any(String),
    })
    expect(all.reactions).toEqual([
      { message_id: theirs.id, room_id: room.id, seq: theirs.seq, emoji: '🎉' },
    ])
    const text = JSON.stringify(pages)
    for (const word of [
      'secret words',
      'too much tea',
      'taken back',
      'password_hash',
      user.refresh,
    ])
      expect(text).not.toContain(word)
  })

  test('comes in pages of 500 rows and 256 KB, each row once, in a bounded number of statements', async () => {
    const user = await server.register()
    const [small, large] = [await user.createRoom(), await user.createRoom()]
    await fill(user, small.id, 1_201, 'tea ')
    // The longest texts that are allowed: 4 bytes per character, and 16 KB each.
    await fill(user, large.id, 40, '😀'.repeat(3_990))
    await sql`
      insert into reactions (message_id, emoji, user_id, first_seq)
      select id, e, user_id, seq from messages, unnest(string_to_array('👍 🎉', ' ')) e
       where room_id = ${small.id}`.execute(server.db)
    const { pages, all } = await exportOf(user)
    for (const { next: _, ...rows } of pages) {
      expect(Object.values(rows).flat().length).toBeLessThanOrEqual(500)
      expect(Buffer.byteLength(JSON.stringify(rows))).toBeLessThan(pageMaxBytes + 1_000)
    }
    expect(new Set(all.messages.map(({ id }) => id)).size).toBe(1_241)
    expect(all.messages).toHaveLength(1_241)
    expect(new Set(all.reactions.map(({ seq, emoji }) => `${seq} ${emoji}`)).size).toBe(2_402)
    expect(all.reactions).toHaveLength(2_402)
    const one = await statementsDuring(server, () => user.get('/api/users/me/export/'))
    expect(one.length).toBeLessThanOrEqual(12)
  })

  test('refuses a cursor that it did not make', async () => {
    const user = await server.register()
    const bad = [
      'x',
      'a1',
      'messages[1]',
      'messages["a","b"]',
      'messages[1,"\\u0000"]',
      'sessions[]',
    ]
    for (const cursor of [
      ...bad,
      'sessions["a"]',
      'sessions[1,2]',
      'none[1]',
      'messages[1,"\\ud800"]',
    ]) {
      const answer = await user.get(`/api/users/me/export/?cursor=${encodeURIComponent(cursor)}`)
      expect([cursor, problemOf(answer)]).toEqual([cursor, '400 bad_request'])
    }
    // A position from another export is harmless: it leads to nothing of another user.
    const from = encodeURIComponent(`messages[0,""]`)
    expect(await ok(user.get(`/api/users/me/export/?cursor=${from}`))).toEqual({ next: null })
  })

  test('is limited, and refused to a suspended user', async () => {
    await using own = await startTestServer({ limits: { exports: { count: 1, seconds: 600 } } })
    const user = await own.register()
    await ok(user.get('/api/users/me/export/'))
    expect(problemOf(await user.get('/api/users/me/export/'))).toBe('429 rate_limited')
    const suspended = await server.register()
    await submit(suspended, 'suspend', { reason: 'spam' })
    expect(problemOf(await suspended.get('/api/users/me/export/'))).toBe('403 forbidden')
  })

  test('is open to an admin with a reason for an hour, and the user is notified', async () => {
    const user = await server.register()
    const room = await user.createRoom({ title: 'Tea', kind: 'private' })
    await ok(user.send(room.id, 'my own words'))
    const path = `/admin/users/${user.id}/export/`
    expect((await browser.get(`${path}file/`)).status).toBe(403)
    expect((await submit(user, 'export', { reason: '' })).status).toBe(400)
    await using socket = await openSocket(user)
    const shown = await submit(user, 'export', { reason: 'they asked for it' })
    expect(textOf(shown)).toContain('The export is one file.')
    expect(textOf(shown)).toContain('Messages 1')
    expect(await socket.next('notification')).toMatchObject({
      kind: 'notice',
      text: expect.stringContaining('exported your data'),
    })
    expect(await auditOf(user, 'export_user')).toMatchObject([
      { actor_id: me.id, reason: 'they asked for it' },
    ])
    const file = await browser.get(`${path}file/?part=1`)
    expect(file.headers.get('content-disposition')).toBe(
      `attachment; filename="user-${user.id}-part-1.json"`,
    )
    expect(JSON.parse(file.html)).toMatchObject({
      part: 1,
      is_last: true,
      profile: [{ id: user.id }],
      messages: [{ room_id: room.id, message: 'my own words' }],
    })
    // Another admin has given no reason.
    const { browser: other } = await openAsAdmin(server)
    expect((await other.get(`${path}file/`)).status).toBe(403)
    expect(textOf(await other.get(path))).toContain('Reason')
    expect((await browser.get(`${path}file/?cursor=x`)).status).toBe(400)
  })

  test('comes in several files when it is too large for one', async () => {
    const user = await server.register()
    const room = await user.createRoom()
    await fill(user, room.id, 260, '😀'.repeat(3_990))
    const shown = await submit(user, 'export', { reason: 'they asked for it' })
    expect(textOf(shown)).toContain('The export has several files. This is part 1')
    const next = /href="([^"]+)" rel="next"/.exec(shown.html)![1]!.replaceAll('&amp;', '&')
    const second = await browser.get(next)
    expect(textOf(second)).toContain('This is part 2, the last one')
    const files = [await browser.get(linkOf(shown)), await browser.get(linkOf(second))]
    for (const { html } of files) expect(Buffer.byteLength(html)).toBeLessThan(4_500_000)
    const parts = files.map(({ html }) => JSON.parse(html))
    expect(parts.map(({ part, is_last }) => [part, is_last])).toEqual([
      [1, false],
      [2, true],
    ])
    expect(parts.flatMap(({ messages }) => messages)).toHaveLength(260)
  })
})

test('[A10] a file ends after 40 pages, even when these have only deleted messages', async () => {
  const user = await server.register()
  const room = await user.createRoom()
  // 40 pages have at most 20,000 rows.
  await sql`
    insert into messages (room_id, seq, user_id, text, client_id, created_at, deleted_at)
    select ${room.id}, 1 + n, ${user.id}, case when n = 20001 then 'the last one' end,
           'deleted-' || lpad(cast(n as text), 5, '0'), now(), case when n <= 20000 then now() end
      from generate_series(1, 20001) n`.execute(server.db)
  const shown = await submit(user, 'export', { reason: 'they asked for it' })
  const next = /href="([^"]+)" rel="next"/.exec(shown.html)![1]!.replaceAll('&amp;', '&')
  const files: string[] = []
  const statements = await statementsDuring(server, async () => {
    files.push((await browser.get(linkOf(shown))).html)
  })
  const reads = statements.filter(({ sql: text }) => text.includes('from messages o'))
  expect(reads).toHaveLength(40)
  expect(statements.length).toBeLessThan(60)
  files.push((await browser.get(linkOf(await browser.get(next)))).html)
  const parts = files.map((file) => JSON.parse(file))
  expect(parts.map(({ is_last, messages }) => [is_last, messages?.length])).toEqual([
    [false, undefined],
    [true, 1],
  ])
})

const erase = (user: TestUser, fields: Record<string, string> = {}) =>
  submit(user, 'erase', { name: user.username, reason: 'they asked for it', ...fields })

/** Returns how many messages and reactions of a user the database has, and whether a text is left. */
async function leftOf(user: TestUser) {
  const { rows } = await sql<{ texts: number; reactions: number }>`
    select (select count(*) from messages where user_id = ${user.id} and text is not null) as texts,
           (select count(*) from reactions where user_id = ${user.id}) as reactions`.execute(
    server.db,
  )
  return rows[0]
}

describe('[A11] an erasure', () => {
  test('deletes account, messages and reactions, and members see them go', async () => {
    const [user, friend] = [await server.register(), await server.register()]
    await ok(user.patch('/api/users/me/', { bio: 'All about me' }))
    const room = await friend.createRoom({ title: 'Tea', kind: 'public' })
    await join(room, user)
    const mine = await ok(user.send(room.id, `hello @${friend.username}`))
    const theirs = await ok(friend.send(room.id, `hello ${user.username}`, { reply_to: mine.seq }))
    await ok(friend.put(`/api/messages/${room.id}/${mine.seq}/reactions/👍/`))
    await ok(user.put(`/api/messages/${room.id}/${theirs.seq}/reactions/🎉/`))
    await ok(friend.put(`/api/messages/${room.id}/${theirs.seq}/reactions/🎉/`))
    const own = await user.createRoom({ title: 'A room of theirs', kind: 'public' })
    const dead = await user.createRoom({ title: 'Gone', kind: 'public' })
    await ok(user.send(dead.id, 'in a deleted room'))
    await ok(user.delete(`/api/rooms/${dead.id}/`))

    const asked = textOf(await browser.get(`/admin/users/${user.id}/erase/`))
    for (const line of ['2 messages, with their texts', '1 reaction', '1 room that they own'])
      expect(asked).toContain(line)
    expect(asked.indexOf('What stays')).toBeGreaterThan(asked.indexOf('What is erased'))
    const wrong = await erase(user, { name: 'somebody' })
    expect(wrong.status).toBe(400)
    expect(textOf(wrong)).toContain(`must be ${user.username}`)
    expect(wrong.html).toContain('value="somebody"')

    await using socket = await openSocket(friend)
    await using theirSocket = await openSocket(user)
    const done = await erase(user)
    expect(textOf(done)).toContain('The user is erased.')
    expect(textOf(done)).toContain('Messages erased 2 Reactions erased 1')
    await theirSocket.closed
    await socket.settle()
    const last = theirs.seq + 3
    expect(logOf(socket, room.id)).toEqual([
      `${last + 1} member.left`,
      `${last + 2} message.deleted`,
      `${last + 3} reaction`,
    ])
    expect(socket.received.find(({ type }) => type === 'notifications.removed')).toBeDefined()
    const [first, second] = await historyOf(friend, room.id)
    expect(first).toMatchObject({ message: null, user_id: null, username: null, reactions: [] })
    expect(second).toMatchObject({ message: `hello ${user.username}`, reply_to: mine.seq })
    expect(second!.reactions).toMatchObject([{ emoji: '🎉', count: 1, mine: true }])
    expect(await leftOf(user)).toEqual({ texts: 0, reactions: 0 })
    expect(await ok(friend.get(`/api/rooms/${own.id}/`))).toMatchObject({
      title: 'A room of theirs',
      created_by: null,
    })
    expect((await ok(friend.get(`/api/search/?q=hello`))).results).toHaveLength(1)
    expect(await auditOf(user, 'erase_user')).toEqual([
      { actor_id: me.id, reason: 'they asked for it', before: null, after: null },
    ])
    const entries = await server.db.selectFrom('audit_log').selectAll().execute()
    expect(JSON.stringify(entries)).not.toContain(user.username)
    expect((await server.register(user.username)).id).not.toBe(user.id)
    expect((await browser.get(`/admin/users/${user.id}/`)).status).toBe(404)
  })

  test('continues where it stopped, each message once, by an admin or by a login', async () => {
    const [user, friend] = [await server.register(), await server.register()]
    const rooms = [await friend.createRoom(), await friend.createRoom()]
    for (const room of rooms) {
      await join(room, user)
      await fill(user, room.id, 130, 'tea ')
    }
    const { id } = user
    // Leaves the state of a crash after the first batch.
    await sql`select erase_account_v1(${id}) as is_begun`.execute(server.db)
    const context = {
      db: server.db,
      sender: { post: async () => [], close: async () => undefined },
      fanOut: {
        toRoom: async () => true,
        toTakenBack: async () => undefined,
        toNotified: async () => undefined,
      },
      limits: readLimits({}),
      metrics: noMetrics,
    }
    expect(await continueErasure(context as never, id, 0, 50)).toBe(false)
    expect(await leftOf(user)).toMatchObject({ texts: 210 })
    const list = await browser.get('/admin/users/')
    expect(list.html).toContain(`/admin/users/${id}/erase/`)
    const path = `/admin/users/${id}/erase/`
    expect(textOf(await browser.get(path))).toContain('Finished Not yet Messages erased 50')

    // A login continues an erasure that nobody has continued for a minute.
    await sql`update erasures set continued_at = now() - make_interval(mins => 2) where user_id = ${id}`.execute(
      server.db,
    )
    await friend.login()
    expect(await leftOf(user)).toMatchObject({ texts: 130 })
    await friend.login()
    expect(await leftOf(user)).toMatchObject({ texts: 130 })

    const done = await browser.submit(await browser.get(path), `${path}continue/`)
    expect(textOf(done)).toContain('Messages erased 260')
    expect(await leftOf(user)).toEqual({ texts: 0, reactions: 0 })
    for (const room of rooms) {
      const deleted = await server.db
        .selectFrom('room_events')
        .where('room_id', '=', room.id)
        .where('kind', '=', 'message.deleted')
        .select('message_id')
        .execute()
      expect(new Set(deleted.map(({ message_id }) => message_id)).size).toBe(130)
      expect(deleted).toHaveLength(130)
    }
    expect((await browser.get('/admin/users/')).html).not.toContain(path)
    const csrf = csrfTokenOf(browser.cookies.get('quick_connect_admin')!)
    expect((await browser.post(`${path}continue/`, { csrf })).status).toBe(409)
  })

  test('of the only admin is refused', async () => {
    await using own = await startTestServer()
    const { user, browser: there } = await openAsAdmin(own)
    const path = `/admin/users/${user.id}/erase/`
    const shown = await there.submit(await there.get(path), path, {
      name: user.username,
      reason: '',
    })
    expect(shown.status).toBe(409)
    expect(textOf(shown)).toContain('is the only admin')
    expect((await user.get('/api/users/me/')).status).toBe(200)
  })

  test('may be requested by a user who deletes their account', async () => {
    const [user, friend] = [await server.register(), await server.register()]
    const room = await friend.createRoom({ title: 'Tea', kind: 'public' })
    await join(room, user)
    await ok(user.send(room.id, 'my words'))
    const body = { password: testPassword, delete_messages: true }
    const wrong = await user.delete('/api/users/me/', { ...body, password: 'wrong' })
    expect(problemOf(wrong)).toBe('403 forbidden')
    expect(await leftOf(user)).toEqual({ texts: 1, reactions: 0 })
    expect((await user.delete('/api/users/me/', body)).status).toBe(204)
    expect(await leftOf(user)).toEqual({ texts: 0, reactions: 0 })
    expect((await historyOf(friend, room.id)).map(({ message }) => message)).toEqual([null])
  })
})

test('an export continues from any row', async () => {
  const user = await server.register()
  const room = await user.createRoom()
  await fill(user, room.id, 3, 'tea ')
  let from: ExportPosition | undefined
  const { rows, next } = await exportUser(server.db, user.id, from)
  expect(next).toBeNull()
  const [first] = rows.messages!
  from = { kind: 'messages', key: [first!.room_id, first!.client_id!] }
  expect((await exportUser(server.db, user.id, from)).rows).toEqual({
    messages: rows.messages!.slice(1),
  })
  await expect(
    readExportFile(server.db, { sessionId: 1, userId: me.id, username: 'x' }, user.id, undefined),
  ).rejects.toThrow('give a reason')
})
