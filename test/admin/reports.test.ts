import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  AdminBrowser,
  hiddenFields,
  openAsAdmin,
  type Shown,
  textOf,
} from '../support/admin-browser.ts'
import { startTestServer, type TestServer } from '../support/chat-server.ts'
import type { TestUser } from '../support/test-user.ts'
import { ok, problemOf } from '../support/answers.ts'
import { invite } from '../support/memberships.ts'

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

/** Makes twenty messages of Ann in a room of three users. Ben has reported the tenth. */
async function reportOne(kind = 'private', text = 'look at <b>this</b>') {
  const [ann, ben, eve] = [
    await server.register(),
    await server.register(),
    await server.register(),
  ]
  const room = await ann.createRoom({ title: `Tea of ${ann.username}`, kind })
  await invite(ann, room, 'member', ben, eve)
  const seqs: number[] = []
  for (let n = 1; n <= 20; n++) seqs.push((await ok(ann.send(room.id, `text-${n}.`))).seq)
  const seq = seqs[9]!
  await ok(ben.put(`/api/messages/${room.id}/${seq}/report/`, { reason: 'hate', text }))
  const { id } = await server.db
    .selectFrom('report_cases')
    .where('room_id', '=', room.id)
    .select('id')
    .executeTakeFirstOrThrow()
  return { ann, ben, eve, room, seq, path: `/admin/reports/${id}/` }
}

async function decide(path: string, what: string, reason = ''): Promise<Shown> {
  return await browser.submit(await browser.get(path), path, { do: what, reason })
}

async function auditOf(action: string) {
  return await server.db
    .selectFrom('audit_log')
    .where('action', '=', action as never)
    .orderBy('id', 'desc')
    .select(['actor_id', 'subject_id', 'room_id', 'reason'])
    .execute()
}

const links = ({ html }: Shown) => html.match(/href="\/admin\/reports\/\d+\/"/g) ?? []
const shownTexts = (shown: Shown) => textOf(shown).match(/text-\d+\./g) ?? []
const around = Array.from({ length: 11 }, (_, n) => `text-${n + 5}.`)

describe('the list of reports', () => {
  test('has a line for each reported message and user, a filter in its address, and pages', async () => {
    await using own = await startTestServer()
    const { browser: there } = await openAsAdmin(own)
    const [ann, ben] = [await own.register(), await own.register()]
    const room = await ann.createRoom({ title: 'Garden', kind: 'public' })
    expect(textOf(await there.get('/admin/reports/'))).toContain('No open reports.')
    for (let n = 0; n < 3; n++) {
      const { seq } = await ok(ann.send(room.id, `message ${n}`))
      await ok(ben.put(`/api/messages/${room.id}/${seq}/report/`, { reason: 'spam' }))
    }
    for (const by of [ben, await own.register()]) {
      await ok(by.put(`/api/users/${ann.username}/report/`, { reason: 'other', text: 'rude' }))
    }
    const all = textOf(await there.get('/admin/reports/'))
    expect(all).toMatch(new RegExp(`A user ${ann.username} – something else 2 `))
    expect(all.match(new RegExp(`A message ${ann.username} Garden spam 1 `, 'g'))).toHaveLength(3)
    const first = await there.get('/admin/reports/?about=message&limit=2')
    expect(links(first)).toHaveLength(2)
    const next = /href="([^"]+)" rel="next"/.exec(first.html)![1]!.replaceAll('&amp;', '&')
    expect(next).toContain('state=open&about=message&limit=2')
    const second = await there.get(next)
    expect(links(second)).toHaveLength(1)
    expect(second.html).toContain('rel="prev"')
    expect(links(await there.get('/admin/reports/?about=user'))).toHaveLength(1)
    expect(links(await there.get(`/admin/reports/?user=${ann.id}`))).toHaveLength(4)
    expect(links(await there.get(`/admin/reports/?user=${ben.id}`))).toEqual([])
    const [id] = /\d+/.exec(links(second)[0]!)!
    const path = `/admin/reports/${id}/`
    await there.submit(await there.get(path), path, { do: 'dismiss', reason: '' })
    expect(links(await there.get('/admin/reports/'))).toHaveLength(3)
    const handled = await there.get('/admin/reports/?state=handled')
    expect(links(handled)).toEqual([`href="${path}"`])
    expect(textOf(handled)).toContain('dismissed,')
    for (const query of ['state=all', 'about=room', 'user=x', 'limit=0', 'cursor=1', 'other=1']) {
      expect((await there.get(`/admin/reports/?${query}`)).status).toBe(400)
    }
  })

  test('shows the room of a message, or that it is a direct chat', async () => {
    const { ann, ben } = await reportOne()
    const direct = await ok(ann.post('/api/direct/', { username: ben.username }))
    const { seq } = await ok(ann.send(direct.id, 'you again'))
    await ok(ben.put(`/api/messages/${direct.id}/${seq}/report/`, { reason: 'harassment' }))
    const text = textOf(await browser.get(`/admin/reports/?user=${ann.id}`))
    expect(text).toContain(`A message ${ann.username} Tea of ${ann.username} (private) hate 1`)
    expect(text).toContain(`A message ${ann.username} a direct chat harassment 1`)
  })
})

describe("a report's page", () => {
  test('shows the reporter and the reason, and what each button does', async () => {
    const { ann, ben, path } = await reportOne()
    const shown = await browser.get(path)
    expect(textOf(shown)).toMatch(new RegExp(`${ben.username} hate look at <b>this</b>`))
    expect(shown.html).not.toContain('<b>this')
    expect(textOf(shown)).toContain('The message and the user stay as they are.')
    expect(textOf(shown)).toMatch(
      /erased for everybody\. You cannot undo this\..*Delete the message/,
    )
    expect(textOf(shown)).toMatch(
      new RegExp(`The user cannot log in until .* Suspend ${ann.username}`),
    )
  })

  test('shows the context in a public room, and only a few messages of it', async () => {
    const { path } = await reportOne('public')
    expect(shownTexts(await browser.get(path))).toEqual(around)
    expect(await auditOf('open_report')).toEqual([])
    await decide(path, 'dismiss')
    expect(shownTexts(await browser.get(path))).toEqual(around)
  })

  test('opens the context in another room by a form, which is audited, until the report is handled', async () => {
    const { ann, room, seq, path } = await reportOne()
    const before = await browser.get(path)
    expect(shownTexts(before)).toEqual([])
    expect(textOf(before)).toContain('The audit log will record this.')
    const opened = await browser.submit(before, `${path}context/`)
    expect(shownTexts(opened)).toEqual(around)
    expect(textOf(opened)).toMatch(/Reported text-10\./)
    expect(opened.html).toContain('value="delete"')
    const [entry] = await auditOf('open_report')
    expect(entry).toEqual({
      actor_id: me.id,
      subject_id: ann.id,
      room_id: room.id,
      reason: `report ${/\d+/.exec(path)![0]}, message ${seq}`,
    })
    expect(shownTexts(await browser.get(path))).toEqual([])
    await decide(path, 'dismiss', 'a joke')
    const closed = await browser.submit(before, `${path}context/`)
    expect([closed.status, shownTexts(closed)]).toEqual([409, []])
    expect(textOf(await browser.get(path))).toContain('Its messages are closed again')
    expect(await auditOf('open_report')).toHaveLength(1)
  })

  test('shows an edited or deleted message as it is now, and nothing of a deleted room', async () => {
    const { ann, room, seq, path } = await reportOne('public')
    await ok(ann.patch(`/api/messages/${room.id}/${seq}/`, { message: 'text-0.' }))
    expect(textOf(await browser.get(path))).toMatch(/edited Reported text-0\./)
    await ok(ann.delete(`/api/messages/${room.id}/${seq}/`))
    const deleted = await browser.get(path)
    expect(textOf(deleted)).toContain('The reported message was deleted.')
    expect(textOf(deleted)).toMatch(/Reported Deleted/)
    expect(deleted.html).not.toContain('value="delete"')
    await ok(ann.delete(`/api/rooms/${room.id}/`))
    const gone = await browser.get(path)
    expect(shownTexts(gone)).toEqual([])
    expect(textOf(gone)).toContain('The room was deleted. Its messages cannot be read.')
    const { csrf } = hiddenFields(gone.html, path)
    expect((await browser.post(`${path}context/`, { csrf: csrf! })).status).toBe(409)
    const refused = await decide(path, 'delete')
    expect([refused.status, textOf(refused)]).toEqual([
      409,
      expect.stringContaining('The message was deleted already'),
    ])
    expect((await decide(path, 'dismiss')).path).toBe(`${path}?done=dismissed`)
  })

  test('dismisses: closes only the report, once', async () => {
    const { ann, room, path } = await reportOne()
    const form = await browser.get(path)
    const done = await browser.submit(form, path, { do: 'dismiss', reason: 'a joke' })
    expect(textOf(done)).toContain('Dismissed. The reporters learn')
    expect(textOf(done)).toMatch(new RegExp(`Dismissed, .* by ${me.username}`))
    expect(done.html).not.toContain('name="do"')
    expect((await auditOf('dismiss_report'))[0]).toEqual({
      actor_id: me.id,
      subject_id: ann.id,
      room_id: room.id,
      reason: 'a joke',
    })
    for (const what of ['dismiss', 'delete', 'suspend']) {
      const again = await browser.submit(form, path, { do: what, reason: 'again' })
      expect([again.status, textOf(again)]).toEqual([
        409,
        expect.stringContaining('This report was handled already'),
      ])
    }
    expect((await ann.send(room.id, 'still here')).status).toBe(201)
  })

  test('suspends with a reason, and closes all open reports about the user', async () => {
    const { ann, ben, eve, path } = await reportOne()
    await ok(eve.put(`/api/users/${ann.username}/report/`, { reason: 'harassment' }))
    expect(textOf(await browser.get(path))).toContain('1 about the same user')
    const wrong = await decide(path, 'suspend', ' ')
    expect(wrong.status).toBe(400)
    expect(textOf(wrong)).toContain('Reason must not be empty')
    const long = await decide(path, 'suspend', 'x'.repeat(501))
    expect([long.status, long.html.includes('x'.repeat(501))]).toEqual([400, true])
    const done = await decide(path, 'suspend', 'hate')
    expect(textOf(done)).toContain('The user is suspended. The reporters learn')
    expect(problemOf(await ann.get('/api/users/me/'))).toBe('403 forbidden')
    const open = server.db.selectFrom('report_cases').where('subject_id', '=', ann.id)
    expect(await open.where('handled_at', 'is', null).select('id').execute()).toEqual([])
    for (const reporter of [ben, eve]) {
      const { results } = await ok(reporter.get('/api/notifications/'))
      expect(results[0]).toMatchObject({ kind: 'report_handled' })
    }
    expect((await auditOf('suspend'))[0]).toMatchObject({ subject_id: ann.id, reason: 'hate' })
    expect((await auditOf('close_reports'))[0]).toMatchObject({ subject_id: ann.id })
    // By then somebody else was reported, too.
    await ok(eve.put(`/api/users/${ann.username}/report/`, { reason: 'spam' }))
    const { id } = await open.where('handled_at', 'is', null).select('id').executeTakeFirstOrThrow()
    const next = `/admin/reports/${id}/`
    expect(textOf(await browser.get(next))).toContain(`${ann.username} is suspended already.`)
    expect((await decide(next, 'suspend', 'as before')).path).toBe(`${next}?done=suspended`)
  })

  test('does not suspend the only admin', async () => {
    const reporter = await server.register()
    await ok(reporter.put(`/api/users/${me.username}/report/`, { reason: 'spam' }))
    const { id } = await server.db
      .selectFrom('report_cases')
      .where('subject_id', '=', me.id)
      .select('id')
      .executeTakeFirstOrThrow()
    const refused = await decide(`/admin/reports/${id}/`, 'suspend', 'me')
    expect([refused.status, textOf(refused)]).toEqual([409, expect.stringContaining('only admin')])
    await decide(`/admin/reports/${id}/`, 'dismiss')
  })

  test('refuses unknown buttons, unknown fields and other users', async () => {
    const { path } = await reportOne()
    const page = await browser.get(path)
    const wrong: Record<string, string>[] = [
      { do: 'erase' },
      { do: 'dismiss', reason: '', also: 'x' },
    ]
    for (const fields of wrong) {
      expect((await browser.submit(page, path, fields)).status).toBe(400)
    }
    expect((await browser.submit(page, `${path}context/`, { also: 'x' })).status).toBe(400)
    for (const other of ['/admin/reports/0/', '/admin/reports/999999/', '/admin/reports/x/']) {
      const shown = await browser.get(other)
      expect([shown.status, textOf(shown)]).toEqual([404, expect.stringMatching(/^Not found/)])
    }
    const stranger = new AdminBrowser(server)
    expect((await stranger.get(path)).path).toBe('/admin/sign-in/')
    expect((await stranger.post(`${path}context/`, {})).path).toBe('/admin/sign-in/')
  })
})

describe('the words that hold messages', () => {
  const path = '/admin/held/words/'
  const save = async (words: string) =>
    await browser.submit(await browser.get(path), path, { words })

  test('are kept as they were typed, each once, and the audit log has them', async () => {
    const saved = await save('  Spam*\r\n\r\nbad thing\nSpam*\n坏人')
    expect(textOf(saved)).toContain('Saved.')
    expect(saved.html).toContain('>\nSpam*\nbad thing\n坏人</textarea>')
    await save('bad thing')
    const [second, first] = await auditOf('set_words')
    expect(first!.reason).toBe('added Spam*, bad thing, 坏人')
    expect(second!.reason).toBe('removed Spam*, 坏人')
    await save('bad thing')
    expect(await auditOf('set_words')).toHaveLength(2)
  })

  test.for([
    ['...', 'change or remove “...”'],
    [`ok\n${'x'.repeat(65)}`, 'at most 64 characters each'],
    [Array.from({ length: 501 }, (_, n) => `word${n}`).join('\n'), 'must be at most 500'],
    ['a\0b', 'must not contain a NUL character'],
  ] as const)(
    'are refused with an error and what was typed when they are %j',
    async ([words, told]) => {
      await save('bad thing')
      const shown = await save(words)
      expect(shown.status).toBe(400)
      expect(textOf(shown)).toContain(told)
      expect(shown.html).toContain(words.slice(0, 20).split('\n')[0])
      expect((await browser.get(path)).html).toContain('>\nbad thing</textarea>')
    },
  )
})

describe('held messages', () => {
  test('are listed with their text, and published or discarded once', async () => {
    await browser.submit(await browser.get('/admin/held/words/'), '/admin/held/words/', {
      words: 'kumquat',
    })
    const ann = await server.register()
    const room = await ann.createRoom({ title: 'Fruit', kind: 'public' })
    const { seq } = await ok(ann.send(room.id, 'hello'))
    await ann.send(room.id, 'a <i>kumquat</i>', { client_id: 'one' })
    await ann.patch(`/api/messages/${room.id}/${seq}/`, { message: 'kumquat edit' })
    const page = await browser.get('/admin/held/')
    expect(textOf(page)).toMatch(
      new RegExp(
        `${ann.username} Fruit , edit of message ${seq} kumquat edit .* ${ann.username} Fruit a <i>kumquat</i>`,
      ),
    )
    const [edit, sent] = Array.from(
      page.html.matchAll(/action="(\/admin\/held\/\d+\/)"/g),
      ([, action]) => action!,
    )
    const discarded = await browser.submit(page, edit!, { do: 'discard' })
    expect(discarded.path).toBe('/admin/held/?done=discarded')
    const published = await browser.submit(page, sent!, { do: 'publish' })
    expect(textOf(published)).toMatch(/Published\..* No held messages\./)
    for (const [path, what] of [
      [edit!, 'publish'],
      [sent!, 'discard'],
    ] as const) {
      const again = await browser.submit(page, path, { do: what })
      expect([again.status, textOf(again)]).toEqual([
        409,
        expect.stringContaining('This message does not wait any more'),
      ])
    }
    expect((await browser.submit(page, sent!, { do: 'keep' })).status).toBe(400)
    const by = { actor_id: me.id, subject_id: ann.id, room_id: room.id, reason: null }
    expect(await auditOf('approve_message')).toEqual([by])
    expect(await auditOf('discard_message')).toEqual([by])
  })
})

describe('the limits of a room', () => {
  test('are shown as they are set, and the audit log has the change', async () => {
    const ann = await server.register()
    const room = await ann.createRoom({ title: 'Slow' })
    const path = `/admin/rooms/${room.id}/limits/`
    const empty = await browser.get(path)
    expect(textOf(empty)).toContain('Limits of Slow')
    const fields = { text_max: '100', count: '5', seconds: '60' }
    const saved = await browser.submit(empty, path, fields)
    for (const value of Object.values(fields)) expect(saved.html).toContain(`value="${value}"`)
    await browser.submit(saved, path, fields)
    await browser.submit(saved, path, { text_max: '', count: '', seconds: '' })
    const entries = await auditOf('set_limits')
    expect(entries.map(({ room_id, reason }) => [room_id, reason])).toEqual([
      [room.id, `room ${room.id}: no limits of its own`],
      [room.id, `room ${room.id}: texts of at most 100 characters, at most 5 messages in 60 s`],
    ])
  })

  test('are refused with an error and what was typed when they are wrong', async () => {
    const ann = await server.register()
    const room = await ann.createRoom()
    const path = `/admin/rooms/${room.id}/limits/`
    const page = await browser.get(path)
    for (const [fields, told] of [
      [{ text_max: '0' }, 'Longest text must be a whole number from 1 to 4,000, or empty'],
      [{ text_max: '4001' }, 'Longest text must be'],
      [{ text_max: 'many' }, 'Longest text must be'],
      [{ count: '5' }, 'Seconds must be set together'],
      [{ seconds: '5' }, 'Messages and edits must be set together'],
      [
        { count: '1001', seconds: '5' },
        'Messages and edits must be a whole number from 1 to 1,000',
      ],
      [{ count: '1', seconds: '86401' }, 'Seconds must be a whole number from 1 to 86,400'],
    ] as const) {
      const given = { text_max: '', count: '', seconds: '', ...fields }
      const shown = await browser.submit(page, path, given)
      expect([shown.status, textOf(shown)]).toEqual([400, expect.stringContaining(told)])
      for (const value of Object.values(fields)) expect(shown.html).toContain(`value="${value}"`)
    }
    expect((await browser.get('/admin/rooms/999999/limits/')).status).toBe(404)
    expect((await browser.submit(page, path, { text_max: '', count: '' })).status).toBe(400)
  })
})
