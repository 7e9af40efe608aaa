import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeAdmin } from '../../src/core/accounts/create-admin.ts'
import { auditActions } from '../../src/core/database/audit-actions.ts'
import { readFigures } from '../../src/core/admin/figures.ts'
import { AdminBrowser, openAsAdmin, type Shown, textOf } from '../support/admin-browser.ts'
import { startTestServer, type TestServer } from '../support/chat-server.ts'
import { testPassword, type TestUser } from '../support/test-user.ts'
import { ok } from '../support/answers.ts'
import { openSocket } from '../support/open-socket.ts'

let server: TestServer
let me: TestUser
let browser: AdminBrowser
beforeAll(async () => {
  server = await startTestServer()
  ;({ user: me, browser } = await openAsAdmin(server))
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

const rowsOf = ({ html }: Shown) => html.trim().split('\r\n').slice(1)

async function act(user: Pick<TestUser, 'id'>, action: string, reason: string): Promise<void> {
  const path = `/admin/users/${user.id}/${action}/`
  const shown = await browser.submit(await browser.get(path), path, { reason })
  expect(shown.status).toBe(200)
}

describe('the audit log', () => {
  test('tells who did what to whom, when and why, the newest first', async () => {
    const user = await server.register()
    await act(user, 'suspend', 'spam')
    await act(user, 'reinstate', 'a mistake')
    const text = textOf(await browser.get('/admin/audit/'))
    const time = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d UTC`
    expect(text).toMatch(
      new RegExp(
        [
          `${time} ${me.username} reinstated ${user.username} a mistake`,
          `${time} ${me.username} suspended ${user.username} spam`,
          `${time} ${me.username} signed in – –`,
        ].join('.*'),
      ),
    )
    expect(textOf(await browser.get(`/admin/users/${user.id}/`))).toMatch(/reinstated .* suspended/)
  })

  test('tells display names beside usernames, of notices as well', async () => {
    const user = await server.register()
    await ok(user.patch('/api/users/me/', { display_name: 'Zoë' }))
    await act(user, 'suspend', 'spam')
    const told = `suspended ${user.username} ( Zoë ) spam`
    expect(textOf(await browser.get('/admin/audit/'))).toContain(told)
    expect(textOf(await browser.get(`/admin/users/${user.id}/`))).toContain(told)
    const form = await browser.get('/admin/notices/')
    const fields = { to: 'one', username: user.username, text: 'Hello' }
    const asked = await browser.submit(form, '/admin/notices/preview/', fields)
    await browser.submit(asked, '/admin/notices/', { do: 'send' })
    expect(textOf(await browser.get('/admin/notices/'))).toContain(`${user.username} ( Zoë )`)
  })

  test('is filtered by action, and goes on in pages of it', async () => {
    const users = [await server.register(), await server.register(), await server.register()]
    for (const user of users) await act(user, 'end_sessions', `for ${user.username}`)
    const first = await browser.get('/admin/audit/?action=end_sessions&limit=2')
    expect(first.html).toContain('<option value="end_sessions" selected>')
    expect(textOf(first)).toContain(`for ${users[2]!.username}`)
    expect(textOf(first)).not.toContain(`for ${users[0]!.username}`)
    const next = /href="([^"]+)" rel="next"/.exec(first.html)![1]!.replaceAll('&amp;', '&')
    const second = await browser.get(next)
    expect(textOf(second)).toContain(`for ${users[0]!.username}`)
    expect(second.html).not.toContain('rel="next"')
    const previous = /href="([^"]+)" rel="prev"/.exec(second.html)![1]!.replaceAll('&amp;', '&')
    expect(textOf(await browser.get(previous))).toContain(`for ${users[2]!.username}`)
  })

  test('says when there is nothing, and knows no other action', async () => {
    await using own = await startTestServer()
    const { browser: there } = await openAsAdmin(own)
    for (const action of auditActions.filter((each) => each !== 'sign_in')) {
      const shown = await there.get(`/admin/audit/?action=${action}`)
      expect(textOf(shown)).toContain('No admin has done that so far.')
    }
    expect((await there.get('/admin/audit/?action=')).status).toBe(200)
    for (const query of ['action=hack', 'action=suspend&action=suspend', 'limit=0', 'cursor=x']) {
      expect((await there.get(`/admin/audit/?${query}`)).status).toBe(400)
    }
  })

  test('keeps no name of an account that is deleted', async () => {
    const user = await server.register()
    await act(user, 'suspend', 'spam')
    await act(user, 'reinstate', '')
    await ok(user.delete('/api/users/me/', { password: testPassword }))
    const shown = await browser.get('/admin/audit/')
    expect(textOf(shown)).toContain(`reinstated deleted user ${user.id}`)
    expect(textOf(shown)).not.toContain(user.username)
  })

  test('has what was done by a script as nobody’s', async () => {
    const user = await server.register()
    await makeAdmin(server.db, user.id)
    const text = textOf(await browser.get('/admin/audit/'))
    expect(text).toContain(`a script made an admin ${user.username}`)
  })

  test('has every sign-in and sign-out once', async () => {
    await using own = await startTestServer()
    const { browser: there } = await openAsAdmin(own)
    const page = await there.get('/admin/')
    await new AdminBrowser(own).signIn('nobody', 'x')
    await Promise.all([
      there.submit(page, '/admin/sign-out/'),
      there.submit(page, '/admin/sign-out/'),
    ])
    const entries = await own.db.selectFrom('audit_log').orderBy('id').select('action').execute()
    expect(entries.map(({ action }) => action)).toEqual(['sign_in', 'sign_out'])
  })
})

describe('the audit log', () => {
  test('tells what was changed, as it was and as it became, and from where', async () => {
    const user = await server.register()
    const path = `/admin/users/${user.id}/edit/`
    await browser.submit(await browser.get(path), path, {
      display_name: 'Zoë',
      bio: 'Tea',
      reason: 'asked for it',
    })
    const shown = await browser.get(`/admin/audit/?about=${user.username.toUpperCase()}`)
    expect(textOf(shown)).toContain(
      'asked for it display name: from none to "Zoë" bio: from "" to "Tea" 127.0.0.1',
    )
    // What the profile said goes with the account, and the entry stays.
    await ok(user.delete('/api/users/me/', { password: testPassword }))
    const entries = server.db.selectFrom('audit_log').where('subject_id', '=', user.id)
    expect(
      await entries.select(['action', 'reason', 'before', 'after', 'address']).execute(),
    ).toEqual([
      {
        action: 'edit_user',
        reason: 'asked for it',
        before: null,
        after: null,
        address: '127.0.0.1',
      },
    ])
  })

  test('is filtered by who did it, whom it was done to, and days', async () => {
    const { user: other, browser: theirs } = await openAsAdmin(server)
    const user = await server.register()
    await act(user, 'suspend', 'by me')
    const path = `/admin/users/${user.id}/reinstate/`
    await theirs.submit(await theirs.get(path), path, { reason: 'by another' })
    const list = async (query: string) => textOf(await browser.get(`/admin/audit/?${query}`))
    expect(await list(`by=${other.username}`)).toMatch(/by another.*signed in/)
    expect(await list(`by=${other.username}`)).not.toContain('by me')
    expect(await list(`about=${user.username}&by=${me.username}`)).toContain('by me')
    expect(await list(`about=${user.username}&by=${me.username}`)).not.toContain('by another')
    const today = new Date().toISOString().slice(0, 10)
    const dayBefore = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10)
    expect(await list(`about=${user.username}&from=${dayBefore}`)).toContain('by me')
    expect(await list(`about=${user.username}&from=2020-01-01&to=2020-12-31`)).toContain(
      'No admin has done that so far.',
    )
    expect(today > dayBefore).toBe(true)
    expect(await list('by=no_such_user')).toContain('Done by is not the name of a user')
    expect((await browser.get('/admin/audit/?from=yesterday')).status).toBe(400)
    // The filter stays on the next page.
    const first = await browser.get(`/admin/audit/?about=${user.username}&limit=1`)
    expect(first.html).toMatch(new RegExp(`href="[^"]*about=${user.username}[^"]*" rel="next"`))
  })

  test('is exported as CSV by the same filter, and no cell of it is a formula', async () => {
    const user = await server.register()
    await act(user, 'suspend', '=1+1 "quoted", and\r\nin two lines')
    const shown = await browser.get(`/admin/audit/export/?about=${user.username}`)
    expect(shown.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(shown.headers.get('content-disposition')).toBe('attachment; filename="audit-log.csv"')
    const [header, ...rows] = shown.html.trim().split('\r\n')
    expect(header).toBe(
      'id,at,actor_id,actor,action,subject_id,subject,room_id,reason,notice,before,after,address',
    )
    expect(rows).toHaveLength(1)
    expect(rows[0]).toMatch(
      new RegExp(
        `^\\d+,[^,]+Z,${me.id},${me.username},suspend,${user.id},${user.username},,` +
          `"'=1\\+1 ""quoted"", and\nin two lines",,,,127.0.0.1$`,
      ),
    )
    const page = await browser.get(`/admin/audit/?about=${user.username}`)
    expect(page.html).toContain(`"/admin/audit/export/?about=${user.username}"`)
    expect((await browser.get('/admin/audit/export/?by=no_such_user')).status).toBe(400)
    expect((await new AdminBrowser(server).get('/admin/audit/export/')).path).toBe(
      '/admin/sign-in/',
    )
  })

  test('is exported in parts of 5,000 entries, whose names say so, and which miss no entry', async () => {
    await using own = await startTestServer()
    const { browser: there } = await openAsAdmin(own)
    await sql`
      insert into audit_log (action, reason) select 'notice', 'n' || n from generate_series(1, 5200) n`.execute(
      own.db,
    )
    const filter = 'action=notice'
    const first = await there.get(`/admin/audit/export/?${filter}`)
    expect(first.headers.get('content-disposition')).toContain('"audit-log-part.csv"')
    expect(rowsOf(first)).toHaveLength(5_000)
    const page = await there.get(`/admin/audit/?${filter}`)
    const rest = /href="([^"]*rest=true)"/.exec(page.html)![1]!.replaceAll('&amp;', '&')
    const later = await there.get(rest)
    expect(later.path).toMatch(/^\/admin\/audit\/\?action=notice&cursor=a\d+$/)
    const link = /href="([^"]*export[^"]*cursor=a\d+)"/.exec(later.html)![1]!
    const second = await there.get(link.replaceAll('&amp;', '&'))
    expect(second.headers.get('content-disposition')).toContain('"audit-log-part.csv"')
    const reasons = [...rowsOf(first), ...rowsOf(second)].map((row) => /,(n\d+),/.exec(row)?.[1])
    expect(reasons).toEqual(Array.from({ length: 5_200 }, (_, n) => `n${5_200 - n}`))
    const beyond = await there.get(`${link.replaceAll('&amp;', '&')}&rest=true`)
    expect(beyond.status).toBe(409)
    expect(textOf(beyond)).toContain('This file has the end of the list')
  })

  test('is changed by no statement, not even one of the owner of the database', async () => {
    await act(await server.register(), 'suspend', 'spam')
    for (const change of [
      sql`update audit_log set reason = 'nothing'`,
      sql`update audit_log set before = null, after = null, address = null`,
      sql`delete from audit_log`,
    ]) {
      await expect(change.execute(server.db)).rejects.toThrow(
        /permission denied for table audit_log|the audit log is only added to/,
      )
    }
  })
})

test('the overview counts what there is, and nothing that was deleted', async () => {
  await using own = await startTestServer()
  const { browser: there, user } = await openAsAdmin(own)
  const [other, gone] = [await own.register(), await own.register()]
  await ok(gone.delete('/api/users/me/', { password: testPassword }))
  await sql`update users set created_at = now() - make_interval(days => 8) where id = ${other.id}`.execute(
    own.db,
  )
  const room = await user.createRoom()
  await user.createRoom({ title: 'Closed', kind: 'private' })
  await ok(user.delete(`/api/rooms/${(await user.createRoom()).id}/`))
  await ok(user.post('/api/direct/', { username: other.username }))
  for (const text of ['one', 'two', 'three']) await ok(user.send(room.id, text))
  await sql`update messages set created_at = created_at - make_interval(days => seq::int - 2)`.execute(
    own.db,
  )
  await using _socket = await openSocket(user)
  expect(await readFigures(own.db)).toEqual({
    openReports: 0,
    users: 2,
    usersThisWeek: 1,
    publicRooms: 1,
    privateRooms: 1,
    directChats: 1,
    messagesToday: 1,
    messagesThisWeek: 3,
    sockets: 1,
  })
  expect(textOf(await there.get('/admin/'))).toContain('Connections now 1')
})
