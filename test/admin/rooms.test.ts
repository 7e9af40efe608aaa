import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openAsAdmin, type AdminBrowser, type Shown, textOf } from '../support/admin-browser.ts'
import { startTestServer, type TestServer } from '../support/chat-server.ts'
import type { TestUser } from '../support/test-user.ts'
import { ok, problemOf } from '../support/answers.ts'
import { openSocket, refusal } from '../support/open-socket.ts'

let server: TestServer
let admin: TestUser
let browser: AdminBrowser
let owner: TestUser
beforeAll(async () => {
  server = await startTestServer()
  ;({ user: admin, browser } = await openAsAdmin(server))
  owner = await server.register('olga')
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

/** Opens the form of an action, and sends it. */
async function act(path: string, fields: Record<string, string> = {}): Promise<Shown> {
  return await browser.submit(await browser.get(path), path, { reason: '', ...fields })
}

const pathOf = (room: { readonly id: number }) => `/admin/rooms/${room.id}/`

async function auditOf(room: { readonly id: number }) {
  return await server.db
    .selectFrom('audit_log')
    .where('room_id', '=', room.id)
    .orderBy('id', 'desc')
    .select(['actor_id', 'action', 'subject_id', 'reason', 'before', 'after'])
    .execute()
}

function titlesOf({ html }: Shown): string[] {
  return Array.from(
    html.matchAll(/href="\/admin\/rooms\/\d+\/"[^>]*>\s*<bdi>([^<]+)</g),
    ([, title]) => title!,
  )
}

function linkOf({ html }: Shown, rel: 'next' | 'prev'): string | undefined {
  return new RegExp(`href="([^"]+)" rel="${rel}"`).exec(html)?.[1]?.replaceAll('&amp;', '&')
}

describe('the list of rooms', () => {
  test('shows what there is of each, and nothing of what is said', async () => {
    const room = await owner.createRoom({ title: 'Birds of Crete' })
    const guest = await server.register()
    await ok(guest.post(`/api/rooms/${room.id}/join/`))
    await ok(owner.send(room.id, 'a secret of ours'))
    const shown = await browser.get('/admin/rooms/?search=crete')
    expect(titlesOf(shown)).toEqual(['Birds of Crete'])
    expect(textOf(shown)).toMatch(/Birds of Crete Public 2 1 olga \d{4}-\d\d-\d\d \d\d:\d\d UTC/)
    for (const path of ['/admin/rooms/', pathOf(room), `${pathOf(room)}members/`]) {
      expect((await browser.get(path)).html).not.toContain('a secret of ours')
    }
  })

  test('goes through all of them in each order, there and back, with the filters in its links', async () => {
    const mark = 'Ordered'
    const made: { id: number }[] = []
    for (const title of ['one', 'two', 'three', 'four', 'five']) {
      made.push(await owner.createRoom({ title: `${mark} ${title}`, kind: 'private' }))
    }
    const guests = [await server.register(), await server.register()]
    const invite = (n: number, guest: TestUser) =>
      ok(owner.put(`/api/rooms/${made[n]!.id}/members/${guest.username}/`, {}))
    await invite(1, guests[0]!)
    await invite(1, guests[1]!)
    await invite(3, guests[0]!)
    await ok(owner.send(made[0]!.id, 'last'))
    const expected = {
      newest: ['five', 'four', 'three', 'two', 'one'],
      activity: ['one', 'four', 'two', 'five', 'three'],
      members: ['two', 'four', 'five', 'three', 'one'],
      log: ['two', 'four', 'one', 'five', 'three'],
    }
    for (const [order, titles] of Object.entries(expected)) {
      let page = await browser.get(
        `/admin/rooms/?search=${mark}&kind=private&state=open&order=${order}&limit=2`,
      )
      const first = titlesOf(page)
      const seen = [...first]
      for (let next = linkOf(page, 'next'); next !== undefined; next = linkOf(page, 'next')) {
        page = await browser.get(next)
        seen.push(...titlesOf(page))
      }
      expect(seen).toEqual(titles.map((title) => `${mark} ${title}`))
      for (let back = linkOf(page, 'prev'); back !== undefined; back = linkOf(page, 'prev')) {
        page = await browser.get(back)
      }
      expect(titlesOf(page)).toEqual(first)
    }
  })

  test('is searched by a title, a name and a user of a direct chat, and filtered by kind and state', async () => {
    const guest = await server.register('Quetzal')
    await owner.createRoom({ title: 'Łatwe słowa', name: 'easy_words' })
    const { body } = await owner.post('/api/direct/', { username: 'Quetzal' })
    const titles = async (query: string) => titlesOf(await browser.get(`/admin/rooms/?${query}`))
    expect(await titles(`search=${encodeURIComponent('SŁOWA')}`)).toEqual(['Łatwe słowa'])
    expect(await titles('search=easy_w')).toEqual(['Łatwe słowa'])
    expect(await titles('search=easy_w&kind=private')).toEqual([])
    expect(await titles('search=quetz')).toEqual([`olga and ${guest.username}`])
    expect(await titles('search=quetz&kind=direct&state=')).toEqual([`olga and Quetzal`])
    expect(await titles('search=quetz&state=archived')).toEqual([])
    expect(textOf(await browser.get(pathOf(body as { id: number })))).toContain('Direct chat')
    const nobody = await browser.get('/admin/rooms/?search=%25_%27%3Cb%3E')
    expect(textOf(nobody)).toContain('No room is like that.')
  })

  test.for([
    `search=${'x'.repeat(101)}`,
    'kind=secret',
    'state=gone',
    'order=name',
    'cursor=a1',
    'cursor=a1-99999999999999999',
    'limit=0',
    'other=1',
  ])('refuses %s', async (query) => {
    expect((await browser.get(`/admin/rooms/?${query}`)).status).toBe(400)
  })
})

describe("a room's page", () => {
  test('is there for rooms that are, and no others', async () => {
    const room = await owner.createRoom({ title: '<b>Bold</b>', description: 'one\ntwo' })
    const text = textOf(await browser.get(pathOf(room)))
    expect(text).toContain('<b>Bold</b>')
    expect(text).toContain('Kind Public room State Open')
    expect(text).toContain('Description one two')
    expect(text).toContain('Owner olga Members 1 Banned 0 Messages 0')
    await ok(owner.delete(`/api/rooms/${room.id}/`))
    for (const id of [String(room.id), '0', 'x', '1e3', '99999999999999999999']) {
      for (const part of ['', 'members/', 'bans/', 'edit/', 'delete/']) {
        expect((await browser.get(`/admin/rooms/${id}/${part}`)).status).toBe(404)
      }
    }
    expect((await browser.get(`${pathOf(await owner.createRoom())}?done=hacked`)).status).toBe(400)
  })
})

describe('editing', () => {
  test('changes title and description, tells the room, and writes down what was before', async () => {
    const room = await owner.createRoom({ title: 'Before' })
    await using socket = await openSocket(owner)
    const path = `${pathOf(room)}edit/`
    const form = await browser.get(path)
    expect(form.html).toContain('value="Before"')
    const shown = await act(path, { title: ' After ', description: 'said', reason: 'asked to' })
    expect(textOf(shown)).toContain('The title and the description are changed.')
    expect(await socket.next('room.updated')).toMatchObject({
      title: 'After',
      description: 'said',
      archived_at: null,
    })
    const [entry] = await auditOf(room)
    expect(entry).toMatchObject({ actor_id: admin.id, action: 'edit_room', reason: 'asked to' })
    expect(JSON.parse(entry!.before!)).toEqual({ title: 'Before', description: '' })
    expect(JSON.parse(entry!.after!)).toEqual({ title: 'After', description: 'said' })
    const again = await act(path, { title: 'After', description: 'said', reason: 'typed' })
    expect(again.status).toBe(400)
    expect(textOf(again)).toContain('Title and the description are as before: change one')
    expect(again.html).toMatch(/<textarea[^>]*name="reason"[^>]*>\s*typed</)
  })

  test('asks again with what is wrong and what was typed', async () => {
    const room = await owner.createRoom({ title: 'Kept' })
    const shown = await act(`${pathOf(room)}edit/`, {
      title: '',
      description: 'typed',
      reason: 'why',
    })
    expect(shown.status).toBe(400)
    expect(textOf(shown)).toContain('Title must not be empty')
    expect(shown.html).toMatch(/<textarea[^>]*name="description"[^>]*>\s*typed</)
    expect(shown.html).toMatch(/<textarea[^>]*name="reason"[^>]*>\s*why</)
    expect((await ok(owner.get(`/api/rooms/${room.id}/`))).title).toBe('Kept')
  })
})

describe('members', () => {
  test('are added as by an invitation, with events and a notification', async () => {
    const room = await owner.createRoom({ title: 'Choir', kind: 'private' })
    const guest = await server.register()
    await using theirs = await openSocket(guest)
    await using watching = await openSocket(owner)
    const path = `${pathOf(room)}members/`
    const shown = await act(path, { username: guest.username.toUpperCase(), role: 'moderator' })
    expect(shown.path).toBe(`${path}?done=add`)
    expect(textOf(shown)).toContain(`${guest.username} Moderator`)
    expect(await theirs.next('room.added')).toMatchObject({ room: { id: room.id } })
    expect(await theirs.next('notification')).toMatchObject({
      kind: 'invitation',
      room_id: room.id,
      username: admin.username,
    })
    expect(await watching.next('member.joined')).toMatchObject({
      user_id: guest.id,
      role: 'moderator',
    })
    expect(await auditOf(room)).toMatchObject([{ action: 'add_member', subject_id: guest.id }])
  })

  test('are asked for again when there is no such user, or they are in the room', async () => {
    const room = await owner.createRoom({ title: 'Choir two' })
    const path = `${pathOf(room)}members/`
    for (const username of ['nobody_at_all', '', 'no name']) {
      const shown = await act(path, { username, role: 'member', reason: 'typed' })
      expect(shown.status).toBe(400)
      expect(shown.html).toContain('id="username-error"')
      expect(shown.html).toMatch(/<textarea[^>]*name="reason"[^>]*>\s*typed</)
    }
    expect((await act(path, { username: 'olga', role: 'king' })).status).toBe(400)
    const again = await act(path, { username: 'olga', role: 'member', reason: 'typed' })
    expect(again.status).toBe(409)
    expect(textOf(again)).toContain('is a member already')
    expect(again.html).toMatch(/name="reason"[^>]*>\s*typed</)
    expect(await auditOf(room)).toEqual([])
  })

  test('are removed, also an owner, whom another one follows', async () => {
    const room = await owner.createRoom({ title: 'Quartet' })
    const next = await server.register()
    await ok(next.post(`/api/rooms/${room.id}/join/`))
    await using socket = await openSocket(owner)
    await using watching = await openSocket(next)
    const path = `${pathOf(room)}members/${owner.id}/remove/`
    expect(textOf(await browser.get(path))).toContain('In the room “Quartet”: olga.')
    await act(path, { reason: 'noise' })
    const left = { user_id: owner.id, removed_by: { user_id: admin.id } }
    expect(await socket.next('member.left')).toMatchObject(left)
    expect(await socket.next('room.removed')).toMatchObject({ room_id: room.id })
    expect(await watching.next('member.left')).toMatchObject(left)
    expect(await watching.next('member.updated')).toMatchObject({ user_id: next.id, role: 'owner' })
    expect(problemOf(await owner.post(`/api/rooms/${room.id}/join/`))).toBe('403 forbidden')
    expect((await act(path)).status).toBe(409)
    // They are let in again from the page of those who are kept out.
    const bans = await browser.get(`${pathOf(room)}bans/`)
    expect(textOf(bans)).toContain('olga')
    await act(`${pathOf(room)}members/${owner.id}/lift/`)
    await ok(owner.post(`/api/rooms/${room.id}/join/`))
    expect(await auditOf(room)).toMatchObject([
      { action: 'lift_ban', subject_id: owner.id },
      {
        action: 'remove_member',
        subject_id: owner.id,
        reason: 'noise',
        before: '{"role":"owner"}',
      },
    ])
  })

  test('are banned, with a reason that the owner sees, until the ban is lifted', async () => {
    const room = await owner.createRoom({ title: 'Trio' })
    const guest = await server.register()
    await ok(guest.post(`/api/rooms/${room.id}/join/`))
    await using socket = await guest.connect(`/ws/chat/${room.name}/`)
    const shown = await act(`${pathOf(room)}members/${guest.id}/ban/`, { reason: 'spam' })
    expect(textOf(shown)).toContain('They are banned.')
    await socket.closed
    expect(await refusal(guest.connect(`/ws/chat/${room.name}/`))).toBe(403)
    const { results } = await ok(owner.get(`/api/rooms/${room.id}/bans/`))
    expect(results).toMatchObject([
      { user_id: guest.id, reason: 'spam', banned_by: admin.username },
    ])
    const lift = `${pathOf(room)}members/${guest.id}/lift/`
    expect(textOf(await act(lift))).toContain('They can come back.')
    expect((await act(lift)).status).toBe(409)
    await ok(guest.post(`/api/rooms/${room.id}/join/`))
  })

  test('get the room handed over: the one is its only owner, the others are moderators', async () => {
    const room = await owner.createRoom({ title: 'Duo' })
    const next = await server.register()
    await ok(next.post(`/api/rooms/${room.id}/join/`))
    await using socket = await openSocket(next)
    const path = `${pathOf(room)}members/${next.id}/hand_over/`
    expect(textOf(await browser.get(path))).toContain('Those who own it now become moderators.')
    await act(path)
    expect(await socket.next('member.updated')).toMatchObject({ user_id: next.id, role: 'owner' })
    expect(await socket.next(({ role }) => role === 'moderator')).toMatchObject({
      type: 'member.updated',
      user_id: owner.id,
    })
    expect((await ok(next.get(`/api/rooms/${room.id}/`))).role).toBe('owner')
    expect((await act(path)).status).toBe(409)
    expect(await auditOf(room)).toMatchObject([
      {
        action: 'hand_over',
        subject_id: next.id,
        before: '{"role":"member"}',
        after: '{"role":"owner"}',
      },
    ])
    const { body } = await owner.post('/api/direct/', { username: next.username })
    const direct = body as { id: number }
    for (const part of ['edit/', 'archive/', 'delete/', `members/${next.id}/remove/`]) {
      expect((await browser.get(pathOf(direct) + part)).status).toBe(409)
    }
  })
})

describe('deleting', () => {
  test('wants the name of the room, and says before what it does', async () => {
    const room = await owner.createRoom({ title: 'Gone soon' })
    await using socket = await openSocket(owner)
    await using only = await owner.connect(`/ws/chat/${room.name}/`)
    const path = `${pathOf(room)}delete/`
    expect(textOf(await browser.get(path))).toContain('Nobody can read the room any more')
    const wrong = await act(path, { name: 'Gone soon', reason: 'spam' })
    expect(wrong.status).toBe(400)
    expect(textOf(wrong)).toContain(`Name of the room must be ${room.name}, letter for letter`)
    expect(wrong.html).toContain('value="Gone soon"')
    expect((await act(path, { name: room.name, reason: 'spam' })).path).toBe(
      '/admin/rooms/?done=delete',
    )
    expect(await socket.next('room.deleted')).toMatchObject({ room_id: room.id })
    await only.closed
    expect(problemOf(await owner.get(`/api/rooms/${room.id}/`))).toBe('404 not_found')
    expect(await auditOf(room)).toMatchObject([{ action: 'delete_room', reason: 'spam' }])
    expect((await browser.get(path)).status).toBe(404)
  })
})

describe('archiving', () => {
  test('[R9] lets everybody read a room, and nobody write to it, until it is restored', async () => {
    const room = await owner.createRoom({ title: 'Old talk' })
    const guest = await server.register()
    await ok(guest.post(`/api/rooms/${room.id}/join/`))
    const { seq } = await ok(guest.send(room.id, 'first'))
    await ok(guest.put(`/api/messages/${room.id}/${seq}/reactions/%F0%9F%91%8D/`))
    await using socket = await openSocket(guest)
    await using simple = await guest.connectSimple(room.name)
    const shown = await act(`${pathOf(room)}archive/`, { reason: 'over' })
    expect(textOf(shown)).toMatch(/The room is archived\. Kind Public room State Archived/)
    const told = await socket.next('room.updated')
    expect(told).toMatchObject({ room_id: room.id, title: 'Old talk' })
    expect(told['archived_at']).toMatch(/Z$/)
    const asked = await ok(guest.get(`/api/rooms/${room.id}/`))
    expect(asked.archived_at).toBe(told['archived_at'])

    // On every way to write.
    const message = `/api/messages/${room.id}/${seq}/`
    const refused = [
      await guest.send(room.id, 'second'),
      await guest.patch(message, { message: 'changed' }),
      await guest.put(`${message}reactions/%F0%9F%8E%89/`),
      await owner.patch(`/api/rooms/${room.id}/`, { title: 'New talk' }),
    ]
    expect(refused.map(problemOf)).toEqual(refused.map(() => '409 conflict'))
    for (const frame of [
      { action: 'sendmessage', message: 'second', room_id: room.id },
      { action: 'typing', room_id: room.id },
    ]) {
      expect(await socket.ask(frame)).toMatchObject({
        type: 'error',
        code: 'conflict',
        message: expect.stringContaining('the room is archived') as unknown,
      })
    }
    simple.send({ message: 'second' })
    expect(await simple.next('error')).toMatchObject({ code: 'conflict' })

    // What one has said one may take back, and all may be read.
    await ok(guest.delete(`${message}reactions/%F0%9F%91%8D/`))
    await ok(guest.delete(message))
    const { results } = await ok(guest.get(`/api/messages/${room.id}/`))
    expect(results).toHaveLength(1)
    const events = await ok(guest.get(`/api/rooms/${room.id}/events/`))
    expect(
      (events.results as { type: string }[]).find(({ type }) => type === 'room.updated'),
    ).toMatchObject({
      archived_at: told['archived_at'],
    })
    await ok((await server.register()).post(`/api/rooms/${room.id}/join/`))
    expect((await act(`${pathOf(room)}archive/`)).status).toBe(409)
    expect(titlesOf(await browser.get('/admin/rooms/?state=archived'))).toContain('Old talk')

    await act(`${pathOf(room)}restore/`)
    expect(await socket.next(({ archived_at }) => archived_at === null)).toMatchObject({
      type: 'room.updated',
    })
    await ok(guest.send(room.id, 'third'))
    expect((await act(`${pathOf(room)}restore/`)).status).toBe(409)
    const actions = (await auditOf(room)).map(({ action, reason }) => [action, reason])
    expect(actions).toEqual([
      ['restore_room', null],
      ['archive_room', 'over'],
    ])
    expect(textOf(await browser.get('/admin/audit/?action=archive_room'))).toContain('Old talk')
  })
})

describe('what a room says', () => {
  test('is open to admins in a public room', async () => {
    const room = await owner.createRoom({ title: 'Market' })
    await ok(owner.send(room.id, 'apples <b>and</b> pears'))
    const { seq } = await ok(owner.send(room.id, 'taken back'))
    await ok(owner.delete(`/api/messages/${room.id}/${seq}/`))
    const shown = await browser.get(`${pathOf(room)}messages/`)
    expect(textOf(shown)).toMatch(/olga Deleted .* olga apples <b>and<\/b> pears/)
    const last = await browser.get(`${pathOf(room)}messages/?limit=1`)
    expect(textOf(await browser.get(linkOf(last, 'next')!))).toContain('apples')
    expect(textOf(shown)).not.toContain('open to you until')
    expect((await browser.post(`${pathOf(room)}open/`, { reason: 'x' })).status).toBe(403)
  })

  test.each(['private', 'direct'] as const)(
    'is closed in a %s one, until an admin opens it for an hour with a reason, of which its members are told',
    async (kind) => {
      const guest = await server.register()
      const room =
        kind === 'private'
          ? await owner.createRoom({ title: 'Inner circle', kind })
          : await ok(owner.post('/api/direct/', { username: guest.username }))
      if (kind === 'private') {
        await ok(owner.put(`/api/rooms/${room.id}/members/${guest.username}/`, {}))
      }
      await ok(guest.send(room.id, 'between us'))
      await using socket = await openSocket(owner)
      const path = `${pathOf(room)}messages/`
      const open = `${pathOf(room)}open/`
      const closed = await browser.get(path)
      expect(closed.html).not.toContain('between us')
      expect(textOf(closed)).toContain('Each of its members gets a notification')
      for (const reason of ['', ' ', 'x'.repeat(501)]) {
        const again = await browser.submit(closed, open, { reason })
        expect(again.status).toBe(400)
        expect(again.html).not.toContain('between us')
        expect(again.html).toContain('id="reason-error"')
      }
      const shown = await browser.submit(closed, open, { reason: 'a threat was reported' })
      expect(textOf(shown)).toContain('between us')
      expect(textOf(shown)).toMatch(/open to you until \d{4}-/)

      const title = kind === 'private' ? 'Inner circle' : guest.username
      const told = {
        kind: 'opened',
        room_id: room.id,
        room_title: title,
        username: null,
        text: null,
      }
      const pushed = await socket.next(
        ({ type, kind: of }) => type === 'notification' && of === 'opened',
      )
      expect(pushed).toMatchObject(told)
      const { results, unread } = await ok(guest.get('/api/notifications/'))
      expect(results[0]).toMatchObject({
        ...told,
        room_title: kind === 'private' ? 'Inner circle' : 'olga',
      })
      expect(unread).toBeGreaterThan(0)
      expect(await auditOf(room)).toMatchObject([
        { action: 'open_content', actor_id: admin.id, reason: 'a threat was reported' },
      ])

      // To nobody else, and not for longer.
      const { browser: other } = await openAsAdmin(server)
      expect((await other.get(path)).html).not.toContain('between us')
      const again = await browser.submit(closed, open, { reason: 'once more' })
      expect(again.status).toBe(409)
      await sql`
        update content_openings set expires_at = expires_at - make_interval(secs => 3600)
         where room_id = ${room.id}`.execute(server.db)
      expect((await browser.get(path)).html).not.toContain('between us')
    },
  )
})
