import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AdminBrowser, openAsAdmin, textOf } from '../support/admin-browser.ts'
import { startTestServer, type TestServer } from '../support/chat-server.ts'
import type { TestUser } from '../support/test-user.ts'
import { ok, openSocket } from '../contract/support.ts'

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

const [form, preview] = ['/admin/notices/', '/admin/notices/preview/']

async function draft(fields: Record<string, string>) {
  return await browser.submit(await browser.get(form), preview, fields)
}

async function textsOf(user: TestUser): Promise<string[]> {
  const { results } = await ok(user.get('/api/notifications/'))
  return results.map(({ text }: { text: string }) => text)
}

describe('a notice', () => {
  test('to one user is previewed, and then arrives', async () => {
    const [ann, ben] = [await server.register(), await server.register()]
    await using socket = await openSocket(ann)
    const text = 'Please choose another name.\n<b>Thank you</b> & "goodbye"'
    const asked = await draft({ to: 'one', username: ann.username.toUpperCase(), text })
    expect(asked.status).toBe(200)
    expect(textOf(asked)).toContain(`It reaches 1 user : ${ann.username}`)
    expect(asked.html).not.toContain('<b>')
    expect(await textsOf(ann)).toEqual([])
    const sent = await browser.submit(asked, form, { do: 'send' })
    expect(sent.path).toBe('/admin/notices/?done=sent')
    expect(textOf(sent)).toContain('The notice is on its way.')
    expect(textOf(sent)).toContain(`${me.username} ${ann.username} 1 Please choose`)
    expect(await socket.next('notification')).toMatchObject({ kind: 'notice', text })
    expect([await textsOf(ann), await textsOf(ben)]).toEqual([[text], []])
    const [entry] = await server.db
      .selectFrom('audit_log')
      .orderBy('id', 'desc')
      .selectAll()
      .execute()
    expect(entry).toMatchObject({ action: 'notice', actor_id: me.id, subject_id: ann.id })
    expect(textOf(await browser.get('/admin/audit/?action=notice'))).toContain('Thank you')
  })

  test('to everybody shows the number of users, and reaches them', async () => {
    await using own = await startTestServer()
    const { browser: there } = await openAsAdmin(own)
    const users = [await own.register(), await own.register()]
    const drafted = { to: 'all', username: 'nobody at all', text: 'Down at noon' }
    const asked = await there.submit(await there.get(form), preview, drafted)
    expect(textOf(asked)).toContain('It reaches 3 users : everybody')
    const sent = await there.submit(asked, form, { do: 'send' })
    expect(textOf(sent)).toContain('everybody 3 Down at noon')
    for (const user of users) expect(await textsOf(user)).toEqual(['Down at noon'])
    expect(textOf(await there.get('/admin/audit/'))).toMatch(/sent a notice everybody Down at noon/)
  })

  test('is sent once, however often its form is sent', async () => {
    const user = await server.register()
    const asked = await draft({ to: 'one', username: user.username, text: 'Once' })
    const sent = await Promise.all([1, 2, 3].map(() => browser.submit(asked, form, { do: 'send' })))
    expect(sent.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(await textsOf(user)).toEqual(['Once'])
  })

  test('can be changed after the preview', async () => {
    const user = await server.register()
    const text = ' \nFirst line\nsecond line '
    const asked = await draft({ to: 'one', username: user.username, text })
    const again = await browser.submit(asked, form, { do: 'change' })
    expect(again.status).toBe(200)
    expect(again.html).toContain('>\nFirst line\nsecond line</textarea>')
    expect(again.html).toContain(`value="${user.username}"`)
    expect(await textsOf(user)).toEqual([])
  })

  test("can be started from a user's page", async () => {
    const user = await server.register()
    const shown = await browser.get(`/admin/notices/?to=${user.username}`)
    expect(shown.html).toContain(`value="${user.username}"`)
    expect((await browser.get('/admin/notices/?to=%22x')).status).toBe(400)
  })

  test.for<[string, Record<string, string>, string]>([
    ['no text', { to: 'all', text: ' ' }, 'Text must not be empty'],
    ['a long text', { to: 'all', text: 'x'.repeat(1_001) }, 'Text must be at most 1000 characters'],
    ['a NUL', { to: 'all', text: 'a\0' }, 'Text must not contain a NUL character'],
    ['nobody', { to: 'one', username: '', text: 'x' }, 'Username is not the name of a user'],
    [
      'a stranger',
      { to: 'one', username: 'n_body', text: 'x' },
      'Username is not the name of a user',
    ],
    ['no name', { to: 'one', username: '%"<', text: 'x' }, 'Username is not the name of a user'],
    ['no choice', { text: 'x' }, 'For whom is needed'],
    ['another choice', { to: 'admins', text: 'x' }, 'For whom must be one of one, all'],
  ])('with %s is asked for again', async ([, fields, fault]) => {
    const shown = await draft(fields)
    expect(shown.status).toBe(400)
    expect(textOf(shown)).toContain(fault)
    const asked = await draft({ to: 'all', text: 'right' })
    const forced = { do: 'send', to: '', username: '', ...fields }
    expect((await browser.submit(asked, form, forced)).status).toBe(400)
  })

  test('is not sent without a preview', async () => {
    const asked = await draft({ to: 'all', text: 'x' })
    for (const key of ['', 'short', '"'.repeat(22)]) {
      expect((await browser.submit(asked, form, { do: 'send', key })).status).toBe(400)
    }
  })

  test('that not everybody has got yet is continued', async () => {
    await using own = await startTestServer()
    const { browser: there } = await openAsAdmin(own)
    const user = await own.register()
    const asked = await there.submit(await there.get(form), preview, { to: 'all', text: 'Slowly' })
    await there.submit(asked, form, { do: 'send' })
    await own.db.deleteFrom('notifications').where('user_id', '=', user.id).execute()
    const notice = await own.db
      .updateTable('notices')
      .set({ after_user_id: user.id - 1, reached: 1 })
      .returning('id')
      .executeTakeFirstOrThrow()
    const list = await there.get(form)
    expect(textOf(list)).toContain('1 so far Go on Slowly')
    const path = `/admin/notices/${notice.id}/continue/`
    const done = await there.submit(list, path)
    expect(textOf(done)).toContain('everybody 2 Slowly')
    expect(await textsOf(user)).toEqual(['Slowly'])
    const fields = { csrf: /name="csrf" value="([^"]+)"/.exec(list.html)![1]! }
    for (const id of ['0', 'x', '99', String(notice.id)]) {
      const { status } = await there.post(`/admin/notices/${id}/continue/`, fields)
      expect(status).toBe(id === String(notice.id) ? 200 : 404)
    }
    expect(await textsOf(user)).toEqual(['Slowly'])
  })
})

test('the list of notices has pages, and says when it is empty', async () => {
  await using own = await startTestServer()
  const { browser: there } = await openAsAdmin(own)
  expect(textOf(await there.get(form))).toContain('Sent None so far.')
  for (const text of ['one', 'two', 'three']) {
    const asked = await there.submit(await there.get(form), preview, { to: 'all', text })
    await there.submit(asked, form, { do: 'send' })
  }
  const first = await there.get('/admin/notices/?limit=2')
  expect(textOf(first)).toMatch(/everybody 1 three .* everybody 1 two/)
  expect(textOf(first)).not.toContain('everybody 1 one')
  const next = /href="([^"]+)" rel="next"/.exec(first.html)![1]!.replaceAll('&amp;', '&')
  expect(textOf(await there.get(next))).toContain('everybody 1 one')
})
