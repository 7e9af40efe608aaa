import { hash } from 'bcryptjs'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createAdminApp } from '../../functions/admin/app.ts'
import { sensitiveFiles, sensitiveForms, sensitiveSends } from '../../functions/admin/sensitive.ts'
import { readLimits } from '../../functions/env.ts'
import type { AdminRuntime } from '../../functions/runtime.ts'
import { userAction } from '../../src/core/admin/act-on-user.ts'
import {
  AdminBrowser,
  makeAdmin,
  openAsAdmin,
  type Shown,
  textOf,
} from '../support/admin-browser.ts'
import { startTestServer, type TestServer } from '../support/chat-server.ts'
import { codeOf, turnOn, wrongCodeOf } from '../support/second-factor.ts'
import { type TestUser, testPassword } from '../support/test-user.ts'
import { ok } from '../support/answers.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

const codePath = '/admin/sign-in/code/'
const ownPath = '/admin/second-factor/'

async function newAdmin(at = server): Promise<TestUser> {
  const user = await at.register()
  await makeAdmin(at, user)
  return user
}

/** As if the password had been given 16 minutes ago. */
async function letPasswordAge(user: TestUser, at = server): Promise<void> {
  await sql`
    update admin_sessions set password_at = password_at - make_interval(mins => 16)
     where user_id = ${user.id}`.execute(at.db)
}

async function lastAudit(): Promise<unknown> {
  const { rows } = await sql`
    select action, actor_id, subject_id from audit_log order by id desc limit 1`.execute(server.db)
  return rows[0]
}

const secretOn = ({ html }: Shown) =>
  /class="secret"\s*>([^<]*)</.exec(html)![1]!.replaceAll(' ', '')
const codesOn = ({ html }: Shown) =>
  Array.from(html.matchAll(/<code>([^<]*)</g), ([, code]) => code!)

describe('[A8] signing in to the admin pages with a second factor', () => {
  test('has a second step, which takes a code of the app or a recovery code, each once', async () => {
    const user = await newAdmin()
    const { secret, recoveryCodes } = await turnOn(server, user)
    const browser = new AdminBrowser(server)
    const asked = await browser.signIn(user.username)
    expect(asked.path).toBe(codePath)
    expect(browser.cookies.has('quick_connect_admin')).toBe(false)
    expect((await browser.get('/admin/')).path).toBe('/admin/sign-in/')
    const refused = await browser.submit(asked, codePath, { code: wrongCodeOf(secret) })
    expect(refused.status).toBe(403)
    expect(textOf(refused)).toContain('Code is wrong, or was used already')
    const empty = await browser.submit(refused, codePath, { code: ' ' })
    expect(empty.status).toBe(400)
    const code = codeOf(secret)
    expect((await browser.submit(refused, codePath, { code })).path).toBe('/admin/')
    expect(await lastAudit()).toMatchObject({ action: 'sign_in', actor_id: user.id })

    const other = new AdminBrowser(server)
    const second = await other.signIn(user.username)
    expect((await other.submit(second, codePath, { code })).status).toBe(403)
    const [recovery = ''] = recoveryCodes
    expect((await other.submit(second, codePath, { code: recovery })).path).toBe('/admin/')
    const third = new AdminBrowser(server)
    const again = await third.submit(await third.signIn(user.username), codePath, {
      code: recovery,
    })
    expect(again.status).toBe(403)
  })

  test('is begun by a right password alone, and forgotten when the password changes or time passes', async () => {
    const user = await newAdmin()
    const { secret } = await turnOn(server, user)
    const browser = new AdminBrowser(server)
    expect((await browser.signIn(user.username, 'a wrong one')).status).toBe(403)
    expect((await browser.get(codePath)).path).toBe('/admin/sign-in/')
    const asked = await browser.signIn(user.username)
    await sql`
      update admin_sign_ins set expires_at = now() where user_id = ${user.id}`.execute(server.db)
    const late = await browser.submit(asked, codePath, { code: codeOf(secret) })
    expect(late.status).toBe(403)
    expect(textOf(late)).toContain('Sign in again.')
    const begun = await browser.signIn(user.username)
    const change = { current_password: testPassword, new_password: 'another good password' }
    expect((await user.post('/api/users/me/password/', change)).status).toBe(204)
    expect((await browser.submit(begun, codePath, { code: codeOf(secret) })).status).toBe(403)
    // A form of another browser, whose token this one does not have.
    const foreign = new AdminBrowser(server)
    await foreign.get('/admin/sign-in/')
    const forged = await foreign.submit(begun, codePath, { code: codeOf(secret) })
    expect(forged.status).toBe(403)
    expect(foreign.cookies.has('quick_connect_admin')).toBe(false)
  })

  test('[A2] goes on when the hash of the password is made anew meanwhile', async () => {
    const user = await newAdmin()
    const { secret } = await turnOn(server, user)
    const outdated = await hash(testPassword, 5)
    await sql`update users set password_hash = ${outdated} where id = ${user.id}`.execute(server.db)
    const browser = new AdminBrowser(server)
    const asked = await browser.signIn(user.username)
    const { password_hash: renewed } = await server.db
      .selectFrom('users')
      .where('id', '=', user.id)
      .select('password_hash')
      .executeTakeFirstOrThrow()
    expect(renewed).not.toBe(outdated)
    expect((await browser.submit(asked, codePath, { code: codeOf(secret) })).path).toBe('/admin/')
  })

  test('limits wrong codes, as many for this door and the chat together', async () => {
    await using limited = await startTestServer({
      limits: { codesPerAccount: { count: 2, seconds: 3_600 } },
    })
    const user = await newAdmin(limited)
    const { secret } = await turnOn(limited, user)
    const browser = new AdminBrowser(limited)
    const asked = await browser.signIn(user.username)
    const login = { username: user.username, password: testPassword, code: wrongCodeOf(secret) }
    expect((await limited.call('POST', '/api/login/', login)).status).toBe(401)
    const statuses = []
    for (let n = 0; n < 2; n++) {
      statuses.push((await browser.submit(asked, codePath, { code: login.code })).status)
    }
    expect(statuses).toEqual([403, 429])
  })
})

describe("[A8] an admin's own second factor", () => {
  test('is set up, gets new recovery codes, and is turned off, all without a script', async () => {
    const { user, browser } = await openAsAdmin(server)
    const other = new AdminBrowser(server)
    await other.signIn(user.username)
    const off = await browser.get(ownPath)
    const scan = await browser.submit(off, `${ownPath}begin/`)
    const secret = secretOn(scan)
    expect(scan.html).toMatch(/<img\s[^>]*src="data:image\/svg\+xml;base64,/)
    expect(scan.html).not.toMatch(/\sstyle=|<script/)
    const wrong = await browser.submit(scan, `${ownPath}confirm/`, { code: wrongCodeOf(secret) })
    expect(wrong.status).toBe(400)
    expect(secretOn(wrong)).toBe(secret)
    const shown = await browser.submit(wrong, `${ownPath}confirm/`, { code: codeOf(secret) })
    const codes = codesOn(shown)
    expect(codes).toHaveLength(10)
    expect(await lastAudit()).toEqual({
      action: 'set_up_second_factor',
      actor_id: user.id,
      subject_id: user.id,
    })
    // This session goes on; the one that was begun without a code does not.
    expect((await other.get('/admin/')).path).toBe('/admin/sign-in/')
    const on = await browser.get(ownPath)
    expect(textOf(on)).toContain('Recovery codes left 10')

    const renewed = codesOn(await browser.submit(on, `${ownPath}codes/`))
    expect(renewed).toHaveLength(10)
    expect(await lastAudit()).toMatchObject({ action: 'renew_recovery_codes' })
    const logIn = async (code: string) => {
      const body = { username: user.username, password: testPassword, code }
      return (await server.call('POST', '/api/login/', body)).status
    }
    expect(await logIn(codes[0]!)).toBe(401)
    expect(await logIn(renewed[0]!)).toBe(200)
    const done = await browser.submit(on, `${ownPath}off/`)
    expect(textOf(done)).toContain('Two-step sign-in is off.')
    expect(await lastAudit()).toMatchObject({ action: 'remove_second_factor' })
    expect((await new AdminBrowser(server).signIn(user.username)).path).toBe('/admin/')
  })

  test('is set up before anything else where ADMIN_TOTP is required, and stays on', async () => {
    await using strict = await startTestServer({ adminTotp: 'required' })
    const user = await newAdmin(strict)
    const browser = new AdminBrowser(strict)
    const led = await browser.signIn(user.username)
    expect(led.path).toBe(ownPath)
    expect(textOf(led)).toContain('Set it up to go on.')
    for (const path of [
      '/admin/',
      '/admin/users/',
      '/admin/audit/export/',
      '/admin/second-factors',
    ]) {
      expect((await browser.get(path)).path).toBe(path === '/admin/second-factors' ? path : ownPath)
    }
    const csrf = /name="csrf" value="([^"]*)"/.exec(led.html)![1]!
    const acted = await browser.post(`/admin/users/${user.id}/end_sessions/`, { csrf, reason: '' })
    expect(acted.path).toBe(ownPath)
    const scan = await browser.submit(led, `${ownPath}begin/`)
    await browser.submit(scan, `${ownPath}confirm/`, { code: codeOf(secretOn(scan)) })
    expect((await browser.get('/admin/users/')).path).toBe('/admin/users/')
    expect((await browser.get(ownPath)).html).not.toContain(`${ownPath}off/`)
    expect((await browser.post(`${ownPath}off/`, { csrf })).status).toBe(409)
    // Turned off in the chat, it has to be set up again.
    await ok(user.delete('/api/users/me/second-factor/', { password: testPassword }))
    expect((await browser.get('/admin/users/')).path).toBe(ownPath)
  })
})

test("[A8] an admin turns off another user's second factor, and the audit log has it", async () => {
  const { user: admin, browser } = await openAsAdmin(server)
  const user = await server.register()
  await turnOn(server, user)
  const path = `/admin/users/${user.id}/`
  expect(textOf(await browser.get(path))).toContain('Two-step sign-in On')
  const asked = await browser.get(`${path}remove_second_factor/`)
  const done = await browser.submit(asked, `${path}remove_second_factor/`, { reason: 'lost phone' })
  expect(textOf(done)).toContain('Two-step sign-in is turned off.')
  expect(await lastAudit()).toEqual({
    action: 'remove_second_factor',
    actor_id: admin.id,
    subject_id: user.id,
  })
  const login = { username: user.username, password: testPassword }
  expect((await server.call('POST', '/api/login/', login)).status).toBe(200)
  const again = await browser.submit(asked, `${path}remove_second_factor/`, { reason: '' })
  expect(again.status).toBe(409)
})

async function asks(pattern: string, onGet: boolean): Promise<void> {
  const { user, browser } = await openAsAdmin(server)
  const target = await server.register()
  const room = await target.createRoom({ title: 'Room', kind: 'private' })
  const path = `${pattern
    .replace('/users/:id', `/users/${target.id}`)
    .replace(':user_id', String(target.id))
    .replace(':id', String(room.id))}/`
  const csrf = /name="csrf" value="([^"]*)"/.exec((await browser.get('/admin/')).html)![1]!
  await letPasswordAge(user)
  const before = await lastAudit()
  const shown = await browser.post(path, { csrf, reason: 'a long\nreason', hours: '' })
  expect(shown.status).toBe(200)
  expect(textOf(shown)).toContain('This needs your password once more')
  expect(shown.html).toContain('value="a long\nreason"')
  expect(await lastAudit()).toEqual(before)
  if (!onGet) return
  const asked = await browser.get(`${path}?x=1`)
  expect(textOf(asked)).toContain('This needs your password once more')
  const wrong = await browser.submit(asked, '/admin/password/', { admin_password: 'a wrong one' })
  expect(wrong.status).toBe(400)
  const right = await browser.submit(wrong, '/admin/password/', { admin_password: testPassword })
  expect(right.path).toBe(`${path}?x=1`)
  expect(textOf(right)).not.toContain('This needs your password once more')
}

/**
 * Forms that give nobody power, open nothing that is private, and do no more harm than can be mended. A new form has its
 * place here, or in functions/admin/sensitive.ts.
 */
const ordinary: readonly string[] = [
  '/admin/announcements',
  '/admin/announcements/:id/end',
  '/admin/connections/close',
  '/admin/connections/selected',
  '/admin/held/:id',
  '/admin/held/selected',
  '/admin/held/words',
  '/admin/notices',
  '/admin/notices/:id/continue',
  '/admin/notices/preview',
  '/admin/password',
  '/admin/rooms/:id/archive',
  '/admin/rooms/:id/edit',
  '/admin/rooms/:id/limits',
  '/admin/rooms/:id/members/:user_id/ban',
  '/admin/rooms/:id/members/:user_id/lift',
  '/admin/rooms/:id/members/:user_id/remove',
  '/admin/rooms/:id/restore',
  '/admin/sign-in',
  '/admin/sign-in/code',
  '/admin/sign-out',
  '/admin/users/:id/edit',
  // It goes on with what was confirmed.
  '/admin/users/:id/erase/continue',
  '/admin/users/:id/end_sessions',
  '/admin/users/:id/reinstate',
  '/admin/users/:id/sessions/:session',
]

describe('what is sensitive asks for the password again after 15 minutes', () => {
  const { routes } = createAdminApp({ limits: readLimits({}) } as unknown as AdminRuntime)
  const registered = new Set(
    routes.flatMap(({ method, path }) =>
      path.endsWith('/:action')
        ? userAction.options.map((action) => `${method} ${path.replace(':action', action)}`)
        : [`${method} ${path}`],
    ),
  )

  test.for(sensitiveForms.map((path) => [path]))(
    '%s, before its form and when it is sent',
    async ([path]) => {
      expect(registered).toContain(`GET ${path}`)
      expect(registered).toContain(`POST ${path}`)
      await asks(path!, true)
    },
  )

  test.for(sensitiveFiles.map((path) => [path]))('%s, before the file is given', async ([path]) => {
    expect(registered).toContain(`GET ${path}`)
    const { user, browser } = await openAsAdmin(server)
    await letPasswordAge(user)
    const target = await server.register()
    const asked = await browser.get(`${path!.replace(':id', String(target.id))}/`)
    expect(textOf(asked)).toContain('This needs your password once more')
  })

  test.for(sensitiveSends.map((path) => [path]))('%s, when it is sent', async ([path]) => {
    expect(registered).toContain(`POST ${path}`)
    await asks(path!, false)
  })

  test('and a new form is in the table, or is named here as one that needs no password', () => {
    const forms = Array.from(registered, (route) => /^POST (.*)/.exec(route)?.[1] ?? [])
    const sensitive = [...sensitiveForms, ...sensitiveSends]
    const others = forms.flat().filter((path) => !sensitive.includes(path))
    expect(others.toSorted()).toEqual(ordinary.toSorted())
  })

  test('and goes on with what was typed when the password is right', async () => {
    const { user, browser } = await openAsAdmin(server)
    const target = await server.register()
    const path = `/admin/users/${target.id}/suspend/`
    const form = await browser.get(path)
    await letPasswordAge(user)
    const given = { reason: 'spam & "more"\nin two lines', hours: '24' }
    const asked = await browser.submit(form, path, given)
    const wrong = await browser.submit(asked, path, { admin_password: 'a wrong one' })
    expect(wrong.status).toBe(400)
    expect(textOf(wrong)).toContain('Password is wrong')
    expect((await target.get('/api/users/me/')).status).toBe(200)
    const done = await browser.submit(wrong, path, { admin_password: testPassword })
    expect(done.path).toBe(`/admin/users/${target.id}/?done=suspend`)
    const { rows } = await sql`
      select suspension_reason, suspended_until > now() + make_interval(hours => 23) as is_for_a_day
        from users where id = ${target.id}`.execute(server.db)
    expect(rows).toEqual([{ suspension_reason: given.reason, is_for_a_day: true }])
    // For another 15 minutes nothing asks.
    const next = await browser.get(`/admin/users/${target.id}/make_admin/`)
    expect(textOf(next)).not.toContain('password once more')
  })

  test('and is asked nowhere else, also with what comes from a link', async () => {
    const { user, browser } = await openAsAdmin(server)
    const target = await server.register()
    const form = await browser.get(`/admin/users/${target.id}/edit/`)
    await letPasswordAge(user)
    const saved = await browser.submit(form, `/admin/users/${target.id}/edit/`, {
      display_name: 'Ann',
      bio: '',
      reason: '',
    })
    expect(saved.path).toBe(`/admin/users/${target.id}/?done=edit_user`)
    const csrf = /name="csrf" value="([^"]*)"/.exec(saved.html)![1]!
    for (const next of ['https://example.org/', '//example.org', '/admin/\\example.org', '/api/']) {
      const led = await browser.post('/admin/password/', {
        csrf,
        next,
        admin_password: testPassword,
      })
      expect(led.path).toBe('/admin/')
    }
    // An encoded spelling of an action is the action.
    const encoded = await browser.get(`/admin/users/${target.id}/%73uspend/`)
    expect(textOf(encoded)).toContain('password once more')
  })

  test('and limits wrong passwords by session', async () => {
    await using limited = await startTestServer({
      limits: { loginsPerAccount: { count: 2, seconds: 600 } },
    })
    const { user, browser } = await openAsAdmin(limited)
    await letPasswordAge(user, limited)
    const asked = await browser.get(`/admin/users/${user.id}/suspend/`)
    const statuses = []
    for (let n = 0; n < 3; n++) {
      const shown = await browser.submit(asked, '/admin/password/', { admin_password: 'a guess' })
      statuses.push(shown.status)
    }
    expect(statuses).toEqual([400, 400, 429])
    expect((await browser.get('/admin/users/')).status).toBe(200)
  })
})
