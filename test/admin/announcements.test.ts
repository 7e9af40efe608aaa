import { afterAll, beforeAll, expect, test } from 'vitest'
import { type AdminBrowser, hiddenFields, openAsAdmin, textOf } from '../support/admin-browser.ts'
import { startTestServer, type TestServer } from '../support/chat-server.ts'
import { ok } from '../support/answers.ts'
import { openSocket } from '../support/open-socket.ts'

let server: TestServer
let browser: AdminBrowser
beforeAll(async () => {
  server = await startTestServer()
  ;({ browser } = await openAsAdmin(server))
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

const path = '/admin/announcements/'
const inHours = (hours: number) =>
  new Date(Date.now() + hours * 3_600_000).toISOString().slice(0, 16)
const filled = (fields: Record<string, string> = {}) => ({
  text: 'Maintenance at noon',
  severity: 'warning',
  from: '',
  until: inHours(2),
  dismissible: 'yes',
  ...fields,
})

test('[N3] an announcement is sent to all, and listed until it is over or an admin ends it', async () => {
  const [user, other] = [await server.register(), await server.register()]
  const room = await other.createRoom()
  await using socket = await openSocket(user)
  await using oneRoom = await other.connect(`/ws/chat/${room.name}/`)
  await using simple = await other.connectSimple(room.name)
  const page = await browser.get(path)
  const shown = await browser.submit(page, path, filled())
  expect(textOf(shown)).toMatch(
    /The announcement is published\. .* Maintenance at noon Warning .* Current/,
  )
  for (const each of [socket, oneRoom]) {
    expect(await each.next('announcement')).toMatchObject({
      text: 'Maintenance at noon',
      severity: 'warning',
      dismissible: true,
    })
  }
  const listed = async () => (await ok(user.get('/api/announcements/'))).results
  const [first] = await listed()
  expect(first).toMatchObject({ text: 'Maintenance at noon', severity: 'warning' })
  // A form that is sent twice makes one announcement.
  await browser.submit(page, path, filled())
  expect(await listed()).toHaveLength(1)

  await browser.submit(shown, path, filled({ text: 'Later', from: inHours(1), dismissible: 'no' }))
  const [, later] = await listed()
  expect(later).toMatchObject({ text: 'Later', dismissible: false })
  const before = await browser.get(path)
  expect(textOf(before)).toMatch(/Later Warning .* Planned/)
  for (const { id } of [first!, later!]) {
    const ended = await browser.submit(before, `${path}${id}/end/`)
    expect(textOf(ended)).toContain('The announcement has ended.')
    const told = await socket.next(
      (frame) =>
        frame.type === 'announcement' &&
        frame.id === id &&
        Date.parse(String(frame['ends_at'])) <= Date.now(),
    )
    expect(told).toMatchObject({ id })
    expect((await browser.submit(before, `${path}${id}/end/`)).status).toBe(409)
  }
  expect(await listed()).toEqual([])
  await simple.settle()
  expect(simple.received).toEqual([])
  const log = await server.db
    .selectFrom('audit_log')
    .where('action', 'in', ['announce', 'end_announcement'])
    .select('action')
    .execute()
  expect(log).toHaveLength(4)
})

test.for<[name: string, fields: Record<string, string>, field: string, fault: string]>([
  ['no text', { text: ' ' }, 'text', 'Text must not be empty'],
  ['a long text', { text: 'x'.repeat(501) }, 'text', 'at most 500 characters'],
  ['another severity', { severity: 'loud' }, 'severity', 'Severity'],
  ['no end', { until: '' }, 'until', 'Until must be a date and a time'],
  ['an end that is past', { until: inHours(-1) }, 'until', 'Until must be in the future'],
  [
    'a day that is not there',
    { until: '2030-13-41T10:00' },
    'until',
    'must be an existing date and time',
  ],
  [
    'an end before its beginning',
    { from: inHours(3) },
    'until',
    'Until must be after the beginning',
  ],
])('a form with %s shows the error and what was typed', async ([, fields, field, fault]) => {
  const shown = await browser.submit(await browser.get(path), path, filled(fields))
  expect(shown.status).toBe(400)
  expect(textOf(shown)).toContain(fault)
  expect(shown.html).toContain(`id="${field}-error"`)
  expect(hiddenFields(shown.html, path)).toHaveProperty('key')
  expect(shown.html).toContain(`value="${fields['from'] ?? ''}"`)
})

test('[N3] at most 20 announcements exist at a time', async () => {
  for (let n = 0; n < 20; n += 1) {
    await browser.submit(await browser.get(path), path, filled({ text: `Number ${n}` }))
  }
  const late = filled({ text: 'One too many' })
  const refused = await browser.submit(await browser.get(path), path, late)
  expect(refused.status).toBe(409)
  expect(refused.html).toMatch(/name="text"[^>]*>\s*One too many</)
  const user = await server.register()
  const { results } = await ok(user.get('/api/announcements/'))
  expect(results).toHaveLength(20)
})
