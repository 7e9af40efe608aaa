/** Actions of an admin on several rows of a list at once. */
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { actOnMany } from '../../src/core/admin/act-on-many.ts'
import type { AuditAction } from '../../src/core/database/audit-actions.ts'
import { ChatError } from '../../src/core/errors.ts'
import { type AdminBrowser, openAsAdmin, type Shown, textOf } from '../support/admin-browser.ts'
import { startTestServer, type TestServer } from '../support/chat-server.ts'
import type { TestUser } from '../support/test-user.ts'
import { ok } from '../support/answers.ts'
import { openSocket } from '../support/open-socket.ts'

let server: TestServer
let admin: TestUser
let browser: AdminBrowser
beforeAll(async () => {
  server = await startTestServer()
  ;({ user: admin, browser } = await openAsAdmin(server))
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

const ticks = (ids: readonly (number | string)[]) =>
  Object.fromEntries(ids.map((id) => [`select-${id}`, 'yes']))

/** Returns the question that follows when these rows of a list are chosen. */
async function choose(
  list: string,
  ids: readonly (number | string)[],
  action: string,
): Promise<Shown> {
  const page = await browser.get(`/admin/${list}`)
  const path = `/admin/${list.split('?', 1)[0]}selected/`
  return await browser.submit(page, path, { ...ticks(ids), do: action })
}

/** Sends the answer to that question, with the ticked boxes. */
async function confirm(asked: Shown, list: string, said: Record<string, string> = {}) {
  return await browser.submit(asked, `/admin/${list}/selected/`, said)
}

async function entriesOf(action: AuditAction) {
  return await server.db
    .selectFrom('audit_log')
    .where('action', '=', action)
    .orderBy('id')
    .select(['subject_id', 'room_id', 'reason', 'after'])
    .execute()
}

const makeUsers = async (count: number) => {
  const users: TestUser[] = []
  for (let n = 0; n < count; n += 1) users.push(await server.register())
  return users
}

describe('chosen users', () => {
  test('are suspended with one confirmation and one reason, each with an entry in the audit log', async () => {
    const users = await makeUsers(2)
    await using socket = await openSocket(users[1]!)
    const ids = users.map(({ id }) => id)
    const asked = await choose('users/', ids, 'suspend')
    expect(textOf(asked)).toContain('Suspend 2 users?')
    for (const { username } of users) expect(textOf(asked)).toContain(username)
    expect(await entriesOf('suspend')).toEqual([])

    const again = await confirm(asked, 'users', { reason: ' ', hours: '24' })
    expect(again.status).toBe(400)
    expect(textOf(again)).toContain('Reason must not be empty')
    expect(again.html).toContain('<option value="24" selected>')
    expect(await entriesOf('suspend')).toEqual([])

    const shown = await confirm(again, 'users', { reason: 'a raid', hours: '24' })
    expect(textOf(shown)).toContain('2 users are suspended.')
    expect(await socket.next('bye')).toMatchObject({ code: 'suspended' })
    const entry = { room_id: null, reason: 'a raid', after: '{"hours":24}' }
    expect(await entriesOf('suspend')).toEqual(ids.map((id) => ({ ...entry, subject_id: id })))
    for (const user of users) expect((await user.get('/api/users/me/')).status).toBe(403)
  })

  test('that cannot be suspended are named with the reason, before and after, and the others are suspended', async () => {
    const [suspended, active, gone] = await makeUsers(3)
    await sql`update users set suspended_at = now() where id = ${suspended!.id}`.execute(server.db)
    const ids = [suspended!.id, active!.id, admin.id, 999_999, gone!.id]
    const asked = await choose('users/', ids, 'suspend')
    const text = textOf(asked)
    expect(text).toContain('Suspend 2 users?')
    expect(text).toMatch(new RegExp(`${suspended!.username}.*: is suspended already`))
    expect(text).toMatch(new RegExp(`${admin.username}.*: this is you`))
    expect(text).toContain('User 999999: the account does not exist any more')
    // Another admin was faster with one of them.
    await sql`update users set suspended_at = now() where id = ${gone!.id}`.execute(server.db)
    const shown = textOf(await confirm(asked, 'users', { reason: 'spam' }))
    expect(shown).toContain('1 user is suspended.')
    expect(shown).toContain('The action failed for 1 user.')
    expect(shown).toMatch(new RegExp(`${gone!.username}.*: is suspended already`))

    // A forged form that names the admin's own account is refused, too.
    const forged = await browser.submit(asked, '/admin/users/selected/', {
      ...ticks([admin.id]),
      reason: 'x',
    })
    expect(textOf(forged)).toMatch(new RegExp(`${admin.username}.*: this is you`))
    expect((await browser.get('/admin/')).path).toBe('/admin/')
  })

  test('are spoken of in the singular when one is chosen', async () => {
    const users = await makeUsers(2)
    const ids = users.map(({ id }) => id)
    const one = textOf(await choose('users/', ids.slice(1), 'suspend'))
    expect(one).toMatch(/^Suspend 1 user\? The user cannot log in/)
    expect(one).toContain('The user sees this reason.')
    const both = textOf(await choose('users/', ids, 'suspend'))
    expect(both).toMatch(/^Suspend 2 users\? The users cannot log in/)
  })

  test('are reinstated, and logged out everywhere', async () => {
    const users = await makeUsers(2)
    const ids = users.map(({ id }) => id)
    await sql`update users set suspended_at = now() where id in (${sql.join(ids)})`.execute(
      server.db,
    )
    const lifted = await confirm(await choose('users/', ids, 'reinstate'), 'users')
    expect(textOf(lifted)).toContain('2 users are reinstated.')
    expect((await users[0]!.get('/api/users/me/')).status).toBe(200)
    const ended = await confirm(await choose('users/', ids, 'end_sessions'), 'users')
    expect(textOf(ended)).toContain('2 users are logged out everywhere.')
    expect((await users[1]!.get('/api/users/me/')).status).toBe(401)
  })

  test('are chosen all or none by links alone, and the answer leads back to the page with its filter', async () => {
    const [user] = await makeUsers(1)
    const list = `users/?search=${user!.username}&limit=10`
    const none = await choose(list, [], 'suspend')
    expect(textOf(none)).toContain('Nothing is selected.')
    expect(none.path).toBe(`/admin/${list}&select=none`)
    const link = /href="([^"]*select=all)"/.exec(none.html)![1]!.replaceAll('&amp;', '&')
    const all = await browser.get(link)
    expect(all.html).toMatch(new RegExp(`name="select-${user!.id}"[^>]*checked`))
    const asked = await choose(list, [user!.id], 'suspend')
    const back = `/admin/${list}`.replaceAll('&', '&amp;')
    expect(asked.html).toContain(`href="${back}"`)
    expect((await confirm(asked, 'users', { reason: 'x' })).html).toContain(`href="${back}"`)
  })

  test.for<[string, Record<string, string>]>([
    ['more than a page has', ticks(Array.from({ length: 101 }, (_, n) => n + 1))],
    ['a word that is not an id', ticks(['x'])],
    ['an action of another list', { ...ticks([1]), do: 'archive' }],
    ['a field that is not known', { ...ticks([1]), also: 'x' }],
  ])('with %s are refused', async ([, fields]) => {
    const page = await browser.get('/admin/users/')
    const sent = { do: 'suspend', confirmed: 'yes', reason: 'x', ...fields }
    expect((await browser.submit(page, '/admin/users/selected/', sent)).status).toBe(400)
  })
})

test('chosen rooms are archived, restored, and deleted after their number is typed', async () => {
  const owner = await server.register()
  const rooms = [await owner.createRoom({ title: 'One' }), await owner.createRoom({ title: 'Two' })]
  const ids = rooms.map(({ id }) => id)
  const direct = (await ok(owner.post('/api/direct/', { username: admin.username }))).id
  const archive = await choose('rooms/', [...ids, direct], 'archive')
  expect(textOf(archive)).toContain('is a direct chat, which admins cannot change')
  expect(textOf(await confirm(archive, 'rooms'))).toContain('2 rooms are archived.')
  expect((await owner.send(ids[0]!, 'x')).status).toBe(409)
  const restore = await confirm(await choose('rooms/', ids, 'restore'), 'rooms')
  expect(textOf(restore)).toContain('2 rooms are restored.')

  const asked = await choose('rooms/', ids, 'delete')
  const refused = await confirm(asked, 'rooms', { typed: 'delete', reason: 'old' })
  expect(refused.status).toBe(400)
  expect(textOf(refused)).toContain('Confirmation must be “delete 2 rooms”')
  expect(refused.html).toContain('value="delete"')
  expect((await owner.get(`/api/rooms/${ids[0]}/`)).status).toBe(200)
  const shown = await confirm(refused, 'rooms', { typed: 'delete 2 rooms', reason: 'old' })
  expect(textOf(shown)).toContain('2 rooms are deleted.')
  expect((await owner.get(`/api/rooms/${ids[1]}/`)).status).toBe(404)
  expect((await entriesOf('delete_room')).map(({ room_id }) => room_id)).toEqual(ids)
})

test('chosen connections are closed', async () => {
  const [user] = await makeUsers(1)
  await using first = await openSocket(user!)
  await using second = await openSocket(user!)
  await Promise.all([first, second].map((each) => each.ask({ action: 'heads' })))
  const list = `connections/?user=${user!.username}`
  const { html } = await browser.get(`/admin/${list}`)
  const ids = Array.from(html.matchAll(/name="select-([^"]+)"/g), ([, id]) => id!)
  expect(ids).toHaveLength(2)
  const shown = await confirm(await choose(list, ids, 'close'), 'connections', { reason: 'odd' })
  expect(textOf(shown)).toContain('2 connections are closed.')
  for (const socket of [first, second]) {
    expect(await socket.next('bye')).toMatchObject({ code: 'closed' })
  }
  expect(await entriesOf('close_connection')).toHaveLength(2)
})

test('chosen reports are dismissed, and their reporters are notified', async () => {
  const [author, reporter] = await makeUsers(2)
  for (const who of [author!, admin]) {
    await ok(reporter!.put(`/api/users/${who.username}/report/`, { reason: 'spam' }))
  }
  const cases = await server.db
    .selectFrom('report_cases')
    .where('handled_at', 'is', null)
    .select('id')
    .execute()
  const ids = cases.map(({ id }) => id)
  const asked = await choose('reports/', ids, 'dismiss')
  expect(textOf(asked)).toContain('Dismiss 2 reports?')
  expect(textOf(await confirm(asked, 'reports'))).toContain('2 reports are dismissed.')
  expect(textOf(await confirm(asked, 'reports'))).toContain('was handled already')
  const told = (await ok(reporter!.get('/api/notifications/'))).results
  expect(told.map(({ kind }: { kind: string }) => kind)).toEqual([
    'report_handled',
    'report_handled',
  ])
})

test('chosen held messages are published or discarded', async () => {
  const owner = await server.register()
  const room = await owner.createRoom()
  for (const text of ['first', 'second', 'third']) {
    await sql`
      insert into held_messages (room_id, user_id, client_id, text, mentions)
      values (${room.id}, ${owner.id}, ${text}, ${text}, '[]')`.execute(server.db)
  }
  const held = await server.db.selectFrom('held_messages').orderBy('id').select('id').execute()
  const [first, second, third] = held.map(({ id }) => id)
  const shown = await confirm(await choose('held/', [first!, second!], 'publish'), 'held')
  expect(textOf(shown)).toContain('2 held messages are published.')
  const messages = (await ok(owner.get(`/api/messages/${room.id}/`))).results
  expect(messages.map(({ message }: { message: string }) => message).toSorted()).toEqual([
    'first',
    'second',
  ])
  const asked = await choose('held/', [third!], 'discard')
  expect(textOf(asked)).toContain('third')
  expect(textOf(await confirm(asked, 'held'))).toContain('1 held message is discarded.')
  expect(textOf(await confirm(asked, 'held'))).toContain('The action failed for 1')
})

describe('an action on many rows', () => {
  test('continues after a row that it cannot change', async () => {
    const done = new ChatError('conflict', 'is done already')
    const act = async (id: number) => {
      if (id === 2) throw done
      await Promise.resolve()
    }
    expect(await actOnMany([1, 2, 3], act)).toEqual({
      done: [1, 3],
      failed: [{ id: 2, why: 'is done already' }],
      left: [],
    })
  })

  test('stops when its time is over, and says what is left', async () => {
    let clock = 0
    const act = async () => {
      clock += 7_000
      await Promise.resolve()
    }
    const outcome = await actOnMany([1, 2, 3, 4], act, () => clock)
    expect(outcome).toEqual({ done: [1, 2], failed: [], left: [3, 4] })
  })

  test('stops when the database does not answer, and counts that row as left', async () => {
    const broken = new ChatError('unavailable', 'not now')
    const act = async (id: number) => {
      if (id === 2) throw broken
      await Promise.resolve()
    }
    const outcome = await actOnMany([1, 2, 3], act)
    expect(outcome).toEqual({ done: [1], failed: [], left: [2, 3], stoppedBy: broken })
    await expect(actOnMany([2], act)).rejects.toBe(broken)
    const ended = new ChatError('session_revoked', 'sign in')
    const signedOut = actOnMany([1, 2], async (id) => {
      if (id === 2) throw ended
      await Promise.resolve()
    })
    await expect(signedOut).rejects.toBe(ended)
  })
})
