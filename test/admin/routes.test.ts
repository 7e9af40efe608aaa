/**
 * The table of the admin's routes: each route that changes something is for admins alone, and needs a form of these
 * pages. The test finds the routes in the app itself, so it covers new routes without a change.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sql } from 'kysely'
import { createAdminApp } from '../../functions/admin/app.ts'
import { csrfTokenOf } from '../../functions/admin/csrf.ts'
import type { AdminRuntime } from '../../functions/runtime.ts'
import { readLimits } from '../../functions/env.ts'
import { AdminBrowser, openAsAdmin } from '../support/admin-browser.ts'
import { startTestServer, type TestServer } from '../support/chat-server.ts'

/** Only its table of routes is read. Nothing is called. */
const { routes } = createAdminApp({ limits: readLimits({}) } as unknown as AdminRuntime)

/** A user and a room of theirs, with the same id. So a route that lacks a check has something to change. */
let targetId: number

const pathOf = (path: string) =>
  path.replace(/:(\w+)(\{[^}]*\})?/g, (_, name: string) =>
    name === 'action' ? 'end_sessions' : String(targetId),
  )

const changing = [
  ...new Set(
    routes
      .filter(({ method }) => !['GET', 'HEAD', 'OPTIONS', 'ALL'].includes(method))
      .map(({ method, path }) => `${method} ${path}`),
  ),
]
/** Routes for signing in and out have their own rules: test/admin/sign-in.test.ts and second-factor.test.ts. */
const forAdmins = changing.filter((route) => !/\/admin\/sign-(in|in\/code|out)$/.test(route))

let server: TestServer
let admin: AdminBrowser
let stranger: AdminBrowser
let expired: AdminBrowser
let former: AdminBrowser
let foreign: string
beforeAll(async () => {
  server = await startTestServer()
  admin = (await openAsAdmin(server)).browser
  stranger = new AdminBrowser(server)
  const other = await openAsAdmin(server)
  foreign = csrfTokenOf(other.browser.cookies.get('quick_connect_admin')!)
  former = other.browser
  await sql`update users set is_admin = false where id = ${other.user.id}`.execute(server.db)
  const late = await openAsAdmin(server)
  expired = late.browser
  await sql`
    update admin_sessions set expires_at = now() - make_interval(secs => 1)
     where user_id = ${late.user.id}`.execute(server.db)
  const target = await server.register()
  targetId = target.id
  for (let room = 0; room < targetId; room += 1) await target.createRoom()
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

/** Returns the rows of every table that an admin's form may change. */
async function stateOf(): Promise<unknown> {
  const { rows } = await sql`
    select (select count(*) from audit_log) as entries,
           (select count(*) from notices) as notices,
           (select count(*) from rooms where deleted_at is null and archived_at is null) as rooms,
           (select count(*) from users where suspended_at is null) as users,
           (select count(*) from sessions where revoked_at is null) as sessions`.execute(server.db)
  return rows[0]
}

/** Sends a form as a browser does, with its own token as `csrf` unless another one is given. Returns the outcome. */
async function send(browser: AdminBrowser, route: string, csrf?: string) {
  const [method, path] = route.split(' ') as [string, string]
  const cookie = browser.cookies.get('quick_connect_admin')
  const token = csrf ?? (cookie === undefined ? '' : csrfTokenOf(cookie))
  const response = await fetch(browser.origin + pathOf(path), {
    method,
    redirect: 'manual',
    body: new URLSearchParams({ csrf: token, reason: 'x' }).toString(),
    headers: {
      'Content-Type': 'application/x-www-form-urlencoded',
      Origin: browser.origin,
      ...(cookie !== undefined && { Cookie: `quick_connect_admin=${cookie}` }),
    },
  })
  return [response.status, response.headers.get('location')]
}

test('some routes change something', () => {
  expect(forAdmins.length).toBeGreaterThan(10)
  expect(changing).toContain('POST /admin/sign-in')
})

describe.each(forAdmins)('%s refuses', (route) => {
  test('a missing or foreign CSRF token, a user who is not an admin, and an ended session', async () => {
    const before = await stateOf()
    const toSignIn = [303, '/admin/sign-in/']
    expect(await send(admin, route, '')).toEqual([403, null])
    expect(await send(admin, route, foreign)).toEqual([403, null])
    expect(await send(stranger, route, foreign)).toEqual(toSignIn)
    expect(await send(former, route)).toEqual(toSignIn)
    expect(await send(expired, route)).toEqual(toSignIn)
    expect(await stateOf()).toEqual(before)
    // With the right token the form is read. So the refusals above are due to the token alone.
    expect((await send(admin, route))[0]).not.toBe(403)
  })
})
