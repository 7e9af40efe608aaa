import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { stylePath } from '../../functions/admin/style.ts'
import { AdminBrowser, openAsAdmin, textOf } from '../support/admin-browser.ts'
import { startTestServer, type TestServer } from '../support/chat-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

const reading = 'GET, HEAD, OPTIONS'

test.each([
  ['/admin', reading],
  ['/admin/', reading],
  ['/admin/users/', reading],
  ['/admin/users/1/', reading],
  ['/admin/audit/', reading],
  [stylePath, reading],
  ['/admin/sign-in/', 'GET, POST, HEAD, OPTIONS'],
  ['/admin/sign-out/', 'POST, OPTIONS'],
])('a method that %s does not have is refused with those that it has', async (path, allowed) => {
  const admin = new AdminBrowser(server).origin
  for (const method of ['PUT', allowed.includes('POST') ? 'PATCH' : 'POST']) {
    const refused = await fetch(admin + path, { method })
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, allowed])
    expect(await refused.text()).toContain(`This path has no ${method}: use ${allowed}.`)
  }
  const asked = await fetch(admin + path, { method: 'OPTIONS' })
  expect([asked.status, asked.headers.get('allow')]).toEqual([204, allowed])
})

test('an unknown page stays not found with any method', async () => {
  const admin = new AdminBrowser(server).origin
  for (const method of ['GET', 'POST', 'OPTIONS']) {
    expect((await fetch(`${admin}/admin/nothing/`, { method })).status).toBe(404)
  }
})

test('an encoded form is refused', async () => {
  const { browser, user } = await openAsAdmin(server)
  const path = `/admin/users/${user.id}/suspend/`
  const shown = await browser.post(path, String(gzipSync('reason=x')), {
    'Content-Encoding': 'gzip',
  })
  expect(shown.status).toBe(415)
  expect(shown.headers.get('accept-encoding')).toBe('identity')
  expect(textOf(shown)).toContain('A body is not read with a Content-Encoding')
})
