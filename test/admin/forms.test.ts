import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AdminBrowser, hiddenFields, openAsAdmin, textOf } from '../support/admin-browser.ts'
import { startTestServer, type TestServer } from '../support/chat-server.ts'
import { testPassword, type TestUser } from '../support/test-user.ts'
import { whileDatabaseFails } from '../support/watch-database.ts'

let server: TestServer
let user: TestUser
let browser: AdminBrowser
beforeAll(async () => {
  server = await startTestServer()
  user = await server.register()
  ;({ browser } = await openAsAdmin(server))
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

const form = () => `/admin/users/${user.id}/suspend/`

async function isSuspended(): Promise<boolean> {
  const users = server.db.selectFrom('users').where('id', '=', user.id)
  return (await users.select('suspended_at').executeTakeFirstOrThrow()).suspended_at !== null
}

describe('a form is refused and does nothing', () => {
  test.for<[string, Record<string, string>]>([
    ['from another site', { Origin: 'https://evil.example' }],
    ['from the chat of the same machine', { Origin: 'http://localhost:8000' }],
    ['from a page without an origin', { Origin: 'null' }],
    ['from nowhere', { Origin: '' }],
  ])('%s', async ([, headers]) => {
    const fields = hiddenFields((await browser.get(form())).html, form())
    const shown = await browser.post(form(), { ...fields, reason: 'spam' }, headers)
    expect(shown.status).toBe(403)
    expect(textOf(shown)).toContain('This form is not from these pages')
    expect(await isSuspended()).toBe(false)
  })

  test('without its CSRF token, and with the token of another session', async () => {
    const { browser: other } = await openAsAdmin(server)
    const { csrf } = hiddenFields((await other.get(form())).html, form())
    for (const token of ['', csrf!]) {
      const shown = await browser.post(form(), { reason: 'spam', csrf: token })
      expect(shown.status).toBe(403)
    }
    expect(await isSuspended()).toBe(false)
  })

  test.for<[string, string, Record<string, string>]>([
    ['as JSON', '{"reason":"spam"}', { 'Content-Type': 'application/json' }],
    ['as text', 'reason=spam', { 'Content-Type': 'text/plain' }],
    ['with bytes that are no UTF-8', 'reason=%FF%FE', {}],
    ['with half an escape', 'reason=%E', {}],
    ['with a field given twice', 'reason=a&reason=b', {}],
    ['with a field that is not a pair', 'reason', {}],
  ])('%s', async ([, body, headers]) => {
    const { csrf } = hiddenFields((await browser.get(form())).html, form())
    const shown = await browser.post(form(), `csrf=${csrf}&${body}`, headers)
    expect(shown.status).toBe(400)
    expect(textOf(shown)).toContain('This form is not valid')
    expect(await isSuspended()).toBe(false)
  })

  test('with an unknown field', async () => {
    const page = await browser.get(form())
    const shown = await browser.submit(page, form(), { reason: 'spam', also: 'x' })
    expect(shown.status).toBe(400)
    expect(await isSuspended()).toBe(false)
  })

  test('of more than 64 KB', async () => {
    const page = await browser.get(form())
    const shown = await browser.submit(page, form(), { reason: 'x'.repeat(65_536) })
    expect(shown.status).toBe(413)
    expect(await isSuspended()).toBe(false)
  })

  test('from a user who is not signed in, who is sent to the sign-in page', async () => {
    const page = await browser.get(form())
    const { csrf } = hiddenFields(page.html, form())
    const stranger = new AdminBrowser(server)
    const shown = await stranger.post(form(), { csrf: csrf!, reason: 'spam' })
    expect(shown.path).toBe('/admin/sign-in/')
    expect(await isSuspended()).toBe(false)
  })
})

test('text that cannot be stored is refused, and not shown', async () => {
  const page = await browser.get(form())
  const shown = await whileDatabaseFails(server, () =>
    browser.submit(page, form(), { reason: 'spam' }),
  )
  expect(shown.status).toBe(503)
  expect(textOf(shown)).toContain('Not available at the moment')
  expect(await isSuspended()).toBe(false)
  const entries = server.db.selectFrom('audit_log').where('action', '=', 'suspend').select('id')
  expect(await entries.execute()).toEqual([])
})

test('the sign-in form needs the cookie that came with it', async () => {
  const { user: admin } = await openAsAdmin(server)
  const stranger = new AdminBrowser(server)
  const page = await stranger.get('/admin/sign-in/')
  stranger.cookies.clear()
  const fields = { username: admin.username, password: testPassword }
  const shown = await stranger.submit(page, '/admin/sign-in/', fields)
  expect(shown.status).toBe(403)
  expect(textOf(shown)).toContain('allow cookies')
})

const pages = () => [
  '/admin/sign-in/',
  '/admin',
  '/admin/',
  '/admin/users',
  '/admin/users/',
  `/admin/users/${user.id}/`,
  form(),
  '/admin/notices/',
  '/admin/audit/',
  '/admin/none/',
  '/admin/users/0/',
]

describe('every page', () => {
  test('allows no script, no frame on another site, and no caching', async () => {
    for (const path of pages()) {
      const { headers, html } = await browser.get(path)
      const policy = headers.get('content-security-policy')
      expect(policy).toMatch(/^default-src 'none';/)
      expect(policy).not.toMatch(/script-src|unsafe/)
      expect(policy).toContain("frame-ancestors 'none'")
      expect(Object.fromEntries(headers)).toMatchObject({
        'cache-control': 'no-store',
        'x-frame-options': 'DENY',
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'same-origin',
        'content-type': 'text/html; charset=UTF-8',
      })
      expect(html).not.toMatch(/<script|<style| style=| on[a-z]+=/i)
    }
  })

  test('except the sign-in page is for admins only', async () => {
    const stranger = new AdminBrowser(server)
    for (const path of pages().filter((each) => !/none/.test(each))) {
      expect((await stranger.get(path)).path).toBe('/admin/sign-in/')
    }
  })

  test('has one stylesheet, which a browser may keep', async () => {
    const [, path = ''] = /rel="stylesheet" href="([^"]+)"/.exec(
      (await browser.get('/admin/')).html,
    )!
    const style = await new AdminBrowser(server).get(path)
    expect(style.status).toBe(200)
    expect(style.headers.get('content-type')).toBe('text/css; charset=utf-8')
    expect(style.headers.get('cache-control')).toBe('private, max-age=31536000')
  })
})

test('a missing page and a failure show an error page without internal details', async () => {
  for (const path of ['/admin/none/', '/admin/users/x/', `/admin/users/${user.id}/none/`]) {
    const shown = await browser.get(path)
    expect(shown.status).toBe(404)
    expect(textOf(shown)).toMatch(/^Not found/)
  }
  const before = await browser.get('/admin/')
  expect(
    (await browser.post('/admin/', hiddenFields(before.html, '/admin/sign-out/'))).status,
  ).toBe(405)
})

test('the host has nothing but these pages', async () => {
  const paths = ['/', '/?a', '/api/health/', '/docs/', '/ws/', '/administrator', '/admin/']
  const answers = await Promise.all(
    paths.map((path) => fetch(browser.origin + path, { redirect: 'manual' })),
  )
  const got = answers.map(({ status, headers }) => [status, headers.get('location')])
  expect(got).toEqual([
    [302, '/admin/'],
    [302, '/admin/'],
    [404, null],
    [404, null],
    [404, null],
    [404, null],
    [303, '/admin/sign-in/'],
  ])
  expect((await fetch(`${server.url}/admin/`)).status).toBe(404)
})
