import { once } from 'node:events'
import { get } from 'node:http'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AdminBrowser, makeAdmin, openAsAdmin, textOf } from '../support/admin-browser.ts'
import { startTestServer, type TestServer } from '../support/chat-server.ts'
import { testPassword } from '../support/test-user.ts'
import { ok } from '../support/answers.ts'
import { statementsDuring } from '../support/watch-database.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

const wrong = 'Wrong username or password.'

describe('signing in', () => {
  test('leads to the overview, and signing out back', async () => {
    const { browser, user } = await openAsAdmin(server)
    const overview = await browser.get('/admin')
    expect(overview.status).toBe(200)
    expect(textOf(overview)).toContain('Connections now')
    expect(overview.html).toContain(user.username)
    const before = new Map(browser.cookies)
    const left = await browser.submit(overview, '/admin/sign-out/')
    expect(left.path).toBe('/admin/sign-in/')
    expect(textOf(left)).toContain('You are signed out.')
    for (const [name, value] of before) browser.cookies.set(name, value)
    expect((await browser.get('/admin/')).path).toBe('/admin/sign-in/')
  })

  test('makes a cookie that no script reads and no other site sends, Secure but on the machine itself', async () => {
    const { browser } = await openAsAdmin(server)
    const [session] = browser.setCookies
    expect(session).toMatch(
      /^quick_connect_admin=[\w-]{43}; Path=\/admin; HttpOnly; SameSite=Strict$/,
    )
    const { port } = new URL(browser.origin)
    const request = get({ port, path: '/admin/sign-in/', headers: { Host: 'admin.example.org' } })
    const [answer] = await once(request, 'response')
    answer.resume()
    expect(answer.headers['set-cookie'][0]).toMatch(/; HttpOnly; Secure; SameSite=Strict$/)
  })

  test('[A5] leaves nothing behind when the account is deleted', async () => {
    const { browser, user } = await openAsAdmin(server)
    await ok(user.delete('/api/users/me/', { password: testPassword }))
    expect((await browser.get('/admin/')).path).toBe('/admin/sign-in/')
    const left = server.db.selectFrom('admin_sessions').where('user_id', '=', user.id)
    expect(await left.select('id').execute()).toEqual([])
  })

  test('stores neither its token nor a second session under the one before', async () => {
    const { browser, user } = await openAsAdmin(server)
    const token = browser.cookies.get('quick_connect_admin')!
    await new AdminBrowser(server).signIn(user.username)
    const { rows } = await sql<{ row: string }>`
      select cast(to_json(s) as text) as row from admin_sessions s where user_id = ${user.id}`.execute(
      server.db,
    )
    expect(rows).toHaveLength(2)
    expect(rows.filter(({ row }) => row.includes(token))).toEqual([])
    expect((await browser.get('/admin/')).status).toBe(200)
  })

  test('answers, and works, the same for whoever must not: unknown, wrong, no admin, suspended', async () => {
    const [user, suspended] = [await server.register(), await server.register()]
    const { user: admin } = await openAsAdmin(server)
    await makeAdmin(server, suspended)
    await sql`update users set suspended_at = now() where id = ${suspended.id}`.execute(server.db)
    const attempts = []
    for (const [name, password] of [
      ['nobody_here', testPassword],
      [admin.username, 'not the password'],
      [user.username, testPassword],
      [suspended.username, testPassword],
    ] as const) {
      const browser = new AdminBrowser(server)
      const page = await browser.get('/admin/sign-in/')
      let html = ''
      const statements = await statementsDuring(server, async () => {
        const shown = await browser.submit(page, '/admin/sign-in/', { username: name, password })
        expect(shown.status).toBe(403)
        html = shown.html.replace(/name="csrf" value="[^"]*"/, '').replace(name, 'the name')
      })
      expect(browser.cookies.has('quick_connect_admin')).toBe(false)
      attempts.push({ html, work: statements.map((statement) => statement.sql) })
    }
    expect(attempts[0]!.html).toContain(wrong)
    for (const attempt of attempts) expect(attempt).toEqual(attempts[0])
  })

  test.for([
    ['a NUL', 'a\0b', 'x'],
    ['an escape', '%00&password=y', 'x'],
    ['a long name', 'a'.repeat(300), 'x'],
    ['a long password', 'a', 'x'.repeat(5_000)],
    ['nothing', '', ''],
    ['markup', '"><script>alert(1)</script>', 'x'],
  ] as const)('with %s is a wrong password', async ([, username, password]) => {
    const browser = new AdminBrowser(server)
    const shown = await browser.signIn(username, password)
    expect(shown.status).toBe(403)
    expect(textOf(shown)).toContain(wrong)
    expect(shown.html).not.toContain('<script')
  })

  test('[A2] is limited for an address by a bucket of its own, that the API does not use up', async () => {
    await using limited = await startTestServer({
      limits: { loginsPerAddress: { count: 3, seconds: 600 } },
      trustProxy: true,
    })
    const user = await limited.register()
    await makeAdmin(limited, user)
    const from = { 'X-Forwarded-For': '1.1.1.1' }
    const logIn = async (username: string) => {
      const body = { username, password: 'x' }
      return (await limited.call('POST', '/api/login/', body, undefined, from)).status
    }
    for (let n = 0; n < 3; n++) expect(await logIn(`n${n}`)).toBe(401)
    expect(await logIn('n3')).toBe(429)
    for (let n = 0; n < 3; n++) {
      const shown = await new AdminBrowser(limited, from).signIn(user.username)
      expect(shown.path).toBe('/admin/')
    }
    const shown = await new AdminBrowser(limited, from).signIn(user.username)
    expect(shown.status).toBe(429)
    expect(Number(shown.headers.get('Retry-After'))).toBeGreaterThan(100)
    expect(textOf(shown)).toContain('Too many requests from this address')
    const elsewhere = await new AdminBrowser(limited, { 'X-Forwarded-For': '2.2.2.2' }).signIn(
      user.username,
    )
    expect(elsewhere.status).toBe(200)
  })

  test('[A2] is limited for a network and an account by a bucket of its own, right passwords apart', async () => {
    await using limited = await startTestServer({
      limits: { loginsPerAccount: { count: 2, seconds: 600 } },
      trustProxy: true,
    })
    const user = await limited.register()
    await makeAdmin(limited, user)
    const from = { 'X-Forwarded-For': '6.6.6.6' }
    const logIn = async (password: string) => {
      const body = { username: user.username, password }
      return (await limited.call('POST', '/api/login/', body, undefined, from)).status
    }
    const signIn = async (password?: string) =>
      (await new AdminBrowser(limited, from).signIn(user.username, password)).status
    for (let n = 0; n < 2; n++) expect(await logIn('a guess')).toBe(401)
    expect(await logIn(testPassword)).toBe(429)
    for (let n = 0; n < 4; n++) expect(await signIn()).toBe(200)
    for (let n = 0; n < 2; n++) expect(await signIn('a guess')).toBe(403)
    expect(await signIn()).toBe(429)
  })

  test('[A2] makes its network known: strangers in many networks do not keep the admin out there', async () => {
    await using limited = await startTestServer({
      limits: { loginsPerAccount: { count: 1, seconds: 600 } },
      trustProxy: true,
    })
    const user = await limited.register()
    await makeAdmin(limited, user)
    const at = (address: string) => new AdminBrowser(limited, { 'X-Forwarded-For': address })
    expect((await at('2001:db8:0:7::1').signIn(user.username)).status).toBe(200)
    await sql`update sessions set revoked_at = now()`.execute(limited.db)
    for (let n = 0; n < 10; n++) {
      expect((await at(`6.6.6.${n}`).signIn(user.username, 'a guess')).status).toBe(403)
      const body = { username: user.username, password: 'a guess' }
      const from = { 'X-Forwarded-For': `6.6.6.${n}` }
      expect((await limited.call('POST', '/api/login/', body, undefined, from)).status).toBe(401)
    }
    expect((await at('7.7.7.7').signIn(user.username)).status).toBe(429)
    expect((await at('2001:db8:0:7::2').signIn(user.username)).status).toBe(200)
    const login = { username: user.username, password: testPassword }
    const home = { 'X-Forwarded-For': '2001:db8:0:7::3' }
    expect((await limited.call('POST', '/api/login/', login, undefined, home)).status).toBe(200)
  })
})

/** An admin's session is over as soon as their account is another. */
async function endsBy(set: ReturnType<typeof sql>): Promise<void> {
  const { browser, user } = await openAsAdmin(server)
  expect((await browser.get('/admin/users/')).status).toBe(200)
  await sql`update users set ${set} where id = ${user.id}`.execute(server.db)
  expect((await browser.get('/admin/users/')).path).toBe('/admin/sign-in/')
}

describe('a session', () => {
  test('ends at once with its user being an admin', () => endsBy(sql`is_admin = false`))
  test('ends at once when its user is suspended', () => endsBy(sql`suspended_at = now()`))
  test('ends with another password', async () => {
    const { browser, user } = await openAsAdmin(server)
    const change = { current_password: testPassword, new_password: 'another good password' }
    expect((await user.post('/api/users/me/password/', change)).status).toBe(204)
    expect((await browser.get('/admin/')).path).toBe('/admin/sign-in/')
  })
  test('ends with its account', async () => {
    const { browser, user } = await openAsAdmin(server)
    expect((await user.delete('/api/users/me/', { password: testPassword })).status).toBe(204)
    expect((await browser.get('/admin/')).path).toBe('/admin/sign-in/')
  })
  test('ends after 30 minutes without a page, and after 8 hours with them', async () => {
    const { browser, user } = await openAsAdmin(server)
    const left = async () => {
      const { rows } = await sql<{ minutes: number }>`
        select cast(round(extract(epoch from expires_at - now()) / 60) as int) as minutes
          from admin_sessions where user_id = ${user.id}`.execute(server.db)
      return rows[0]?.minutes
    }
    const shift = (minutes: number) =>
      sql`update admin_sessions
             set created_at = created_at - make_interval(mins => ${sql.lit(minutes)}),
                 expires_at = expires_at - make_interval(mins => ${sql.lit(minutes)})
           where user_id = ${user.id}`.execute(server.db)
    expect(await left()).toBe(30)
    for (let n = 0; n < 16; n++) {
      await shift(29)
      expect((await browser.get('/admin/')).path).toBe('/admin/')
    }
    // 7 hours and 44 minutes later, only 16 are left.
    expect(await left()).toBe(16)
    await shift(16)
    expect((await browser.get('/admin/')).path).toBe('/admin/sign-in/')
    const { browser: other } = await openAsAdmin(server)
    expect((await other.get('/admin/')).path).toBe('/admin/')
    expect(await left()).toBeUndefined()
  })

  test('is not that of the chat, whose tokens are none here, and outlives its logout', async () => {
    const { browser, user } = await openAsAdmin(server)
    await ok(user.post('/api/logout/'))
    expect((await browser.get('/admin/')).path).toBe('/admin/')
    const none = new AdminBrowser(server, { Authorization: `Bearer ${user.access}` })
    expect((await none.get('/admin/')).path).toBe('/admin/sign-in/')
    const token = browser.cookies.get('quick_connect_admin')!
    expect((await server.call('GET', '/api/users/me/', undefined, token)).status).toBe(401)
  })
})

test('[C6] requests of an address are limited before anything is asked of the database', async () => {
  await using small = await startTestServer({
    limits: { requestsPerAddress: { count: 5, seconds: 600 } },
  })
  const browser = new AdminBrowser(small)
  browser.cookies.set('quick_connect_admin', 'A'.repeat(43))
  const pages: number[] = []
  const statements = await statementsDuring(small, async () => {
    for (let n = 0; n < 20; n++) {
      const { status, path } = await browser.get('/admin/users/')
      pages.push(path === '/admin/sign-in/' ? 303 : status)
    }
  })
  expect(pages.filter((status) => status === 429).length).toBeGreaterThan(10)
  expect(statements.length).toBeLessThanOrEqual(5)
})
