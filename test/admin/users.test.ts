import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AdminBrowser, openAsAdmin, type Shown, textOf } from '../support/admin-browser.ts'
import { startTestServer, type TestServer } from '../support/chat-server.ts'
import { testPassword, type TestUser } from '../support/test-user.ts'
import { ok, problemOf } from '../support/answers.ts'
import { openSocket, refusal } from '../support/open-socket.ts'

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

async function act(
  user: Pick<TestUser, 'id'>,
  action: string,
  reason = '',
  by = browser,
): Promise<Shown> {
  const path = `/admin/users/${user.id}/${action}/`
  return await by.submit(await by.get(path), path, { reason })
}

async function signInAs(user: TestUser): Promise<AdminBrowser> {
  const theirs = new AdminBrowser(server)
  expect((await theirs.signIn(user.username)).path).toBe('/admin/')
  return theirs
}

/** Returns the entries of the audit log about a user, the newest first. */
async function auditOf(user: Pick<TestUser, 'id'>) {
  return await server.db
    .selectFrom('audit_log')
    .where('subject_id', '=', user.id)
    .orderBy('id', 'desc')
    .select(['actor_id', 'action', 'reason'])
    .execute()
}

function namesOf({ html }: Shown): string[] {
  return Array.from(html.matchAll(/href="\/admin\/users\/\d+\/">([^<]+)</g), ([, name]) => name!)
}

function linkOf({ html }: Shown, rel: 'next' | 'prev'): string | undefined {
  return new RegExp(`href="([^"]+)" rel="${rel}"`).exec(html)?.[1]?.replaceAll('&amp;', '&')
}

describe('the list of users', () => {
  test('goes through all users in pages, forward and back', async () => {
    await using own = await startTestServer()
    const { browser: there } = await openAsAdmin(own)
    const users = [await own.register(), await own.register(), await own.register()]
    let page = await there.get('/admin/users/?limit=2')
    const seen = [namesOf(page)]
    for (let next = linkOf(page, 'next'); next !== undefined; next = linkOf(page, 'next')) {
      page = await there.get(next)
      seen.push(namesOf(page))
    }
    expect(seen.map((names) => names.length)).toEqual([2, 2])
    expect(seen.flat().slice(0, 3)).toEqual(users.map(({ username }) => username).toReversed())
    const back = await there.get(linkOf(page, 'prev')!)
    expect(namesOf(back)).toEqual(seen[0])
    expect(linkOf(back, 'prev')).toBeUndefined()
  })

  test('shows display names beside usernames, and finds the beginning of either', async () => {
    const user = await server.register('Warbler')
    await ok(user.patch('/api/users/me/', { display_name: 'Zoë Łęcka' }))
    for (const search of ['zoë', 'ZOE Ł', 'Warb']) {
      const shown = await browser.get(`/admin/users/?search=${encodeURIComponent(search)}`)
      expect(namesOf(shown)).toEqual(['Warbler'])
      expect(textOf(shown)).toContain('Warbler ( Zoë Łęcka ) Warbler@example.org')
    }
    expect(namesOf(await browser.get('/admin/users/?search=Łęcka'))).toEqual([])
    const page = textOf(await browser.get(`/admin/users/${user.id}/`))
    expect(page).toContain('Display name Zoë Łęcka')
    // A display name never counts as another user's username.
    await ok(user.patch('/api/users/me/', { display_name: me.username }))
    const shown = await browser.get(`/admin/users/?search=${me.username}`)
    expect(textOf(shown)).toContain(`Warbler ( ${me.username} )`)
  })

  test('finds the beginning of a name or an address in any case', async () => {
    const user = await server.register('Nightingale')
    await sql`update users set email = 'Robin@birds.example' where id = ${user.id}`.execute(
      server.db,
    )
    for (const search of ['night', 'NIGHTINGALE', 'robin@', 'Robin@birds.example']) {
      const shown = await browser.get(`/admin/users/?search=${encodeURIComponent(search)}`)
      expect(namesOf(shown)).toEqual(['Nightingale'])
    }
    for (const search of ['ingale', 'birds.example', 'n_ght', 'night%', "'", '<b>', '\u{10ffff}']) {
      const shown = await browser.get(`/admin/users/?search=${encodeURIComponent(search)}`)
      expect(shown.status).toBe(200)
      expect(namesOf(shown)).toEqual([])
      expect(textOf(shown)).toContain(`No name or email address begins with “${search}”.`)
    }
    expect(namesOf(await browser.get('/admin/users/?search=+'))).toContain('Nightingale')
  })

  test.for([`search=${'x'.repeat(255)}`, 'search=a%00', 'search=a&search=b'])(
    'shows in the form what is wrong with %s',
    async (query) => {
      const shown = await browser.get(`/admin/users/?${query}`)
      expect(shown.status).toBe(400)
      expect(shown.html).toContain('id="search-error"')
      expect(textOf(shown)).toMatch(/^Users Username, display name or email address begins with/)
    },
  )

  test.for(['limit=0', 'limit=101', 'limit=x', 'cursor=1', 'cursor=a99999999999999999', 'other=1'])(
    'refuses %s',
    async (query) => {
      const shown = await browser.get(`/admin/users/?${query}`)
      expect(shown.status).toBe(400)
      expect(textOf(shown)).toMatch(/^This is not possible/)
    },
  )
})

describe("a user's page", () => {
  test("shows the user's state and figures", async () => {
    const user = await server.register()
    await ok(user.patch('/api/users/me/', { bio: 'Likes tea.\nAnd cake.' }))
    await user.login()
    await user.createRoom()
    await using _socket = await openSocket(user)
    const text = textOf(await browser.get(`/admin/users/${user.id}/`))
    expect(text).toMatch(
      /Status Active Last active \d{4}-\d\d-\d\d \d\d:\d\d UTC Joined \d{4}-\d\d-\d\d \d\d:\d\d UTC/,
    )
    expect(text).toContain(`Email ${user.username}@example.org (not verified)`)
    expect(text).toContain('Bio Likes tea. And cake.')
    expect(text).toContain('Sessions 2 Connections 1 Rooms 1')
    expect(text).toContain('Actions of admins No actions yet.')
  })

  test('does not exist for an unknown or deleted user', async () => {
    const gone = await server.register()
    await ok(gone.delete('/api/users/me/', { password: testPassword }))
    for (const id of [String(gone.id), '0', '-1', '1e3', 'x', '99999999999999999999']) {
      expect((await browser.get(`/admin/users/${id}/`)).status).toBe(404)
    }
    expect((await browser.get(`/admin/users/${me.id}/?done=hacked`)).status).toBe(400)
  })

  test('shows markup as text, here and everywhere else', async () => {
    const user = await server.register()
    const nasty = `</textarea><script>alert("1")</script><img src=x onerror='alert(2)'>&amp;`
    await ok(user.patch('/api/users/me/', { bio: nasty, display_name: nasty.slice(0, 64) }))
    await sql`update users set email = ${nasty} where id = ${user.id}`.execute(server.db)
    await act(user, 'suspend', nasty)
    const pages = [
      `/admin/users/${user.id}/`,
      '/admin/users/',
      '/admin/audit/',
      `/admin/users/?search=${encodeURIComponent(nasty)}`,
    ]
    for (const path of pages) {
      const shown = await browser.get(path)
      expect(shown.html).not.toMatch(/<script|<img/)
      expect(textOf(shown)).toContain(nasty)
    }
    const path = `/admin/users/${user.id}/reinstate/`
    const again = await browser.submit(await browser.get(path), path, {
      reason: nasty + 'x'.repeat(500),
    })
    expect(again.status).toBe(400)
    expect(again.html).not.toMatch(/<script|<img/)
    expect(textOf(again)).toContain(nasty)
  })
})

describe('suspending', () => {
  test('when repeated, closes sockets that a crash left open', async () => {
    const user = await server.register()
    await using socket = await openSocket(user)
    // Leaves the state after the commit, without the work that follows it.
    await sql`update users set suspended_at = now() where id = ${user.id}`.execute(server.db)
    const shown = await act(user, 'suspend', 'Spam')
    expect(shown.status).toBe(409)
    expect(textOf(shown)).toContain('is suspended already')
    expect(await socket.next('bye')).toMatchObject({ code: 'suspended', reconnect: false })
    await socket.closed
    expect(await auditOf(user)).toEqual([])
  })

  test('closes the sockets and refuses everything else until the user is reinstated', async () => {
    const user = await server.register()
    const room = await user.createRoom()
    const sockets = [
      await openSocket(user),
      await user.connect(`/ws/chat/${room.name}/`),
      await (await user.login()).connect(),
    ]
    const shown = await act(user, 'suspend', ' Spam in\r\nthree rooms ')
    expect(shown.path).toBe(`/admin/users/${user.id}/?done=suspend`)
    expect(textOf(shown)).toContain('The user is suspended. Their connections are closed.')
    expect(textOf(shown)).toMatch(/Status Suspended .* Connections 0/)
    for (const socket of sockets) {
      expect(await socket.next('bye')).toMatchObject({ code: 'suspended', reconnect: false })
      await socket.closed
    }
    expect(problemOf(await user.get('/api/rooms/'))).toBe('403 forbidden')
    expect(problemOf(await user.send(room.id, 'hello'))).toBe('403 forbidden')
    expect(await refusal(user.connect())).toBe(403)
    expect(await auditOf(user)).toEqual([
      { actor_id: me.id, action: 'suspend', reason: 'Spam in\nthree rooms' },
    ])

    const back = await act(user, 'reinstate')
    expect(textOf(back)).toContain('The user is reinstated.')
    expect((await ok(user.send(room.id, 'hello'))).message).toBe('hello')
    await using _socket = await openSocket(user)
    expect((await auditOf(user))[0]).toEqual({ actor_id: me.id, action: 'reinstate', reason: null })
  })

  test.for([
    ['nothing', '', 'Reason must not be empty'],
    ['spaces', ' \r\n ', 'Reason must not be empty'],
    ['too much', 'x'.repeat(501), 'Reason must be at most 500 characters long'],
    ['a NUL', 'a\0', 'Reason must not contain a NUL character'],
  ] as const)('needs a reason, not %s', async ([, reason, fault]) => {
    const user = await server.register()
    const shown = await act(user, 'suspend', reason)
    expect(shown.status).toBe(400)
    expect(textOf(shown)).toContain(fault)
    expect(shown.html).toMatch(/<textarea[^>]*aria-describedby="[^"]*reason-error"/)
    expect(await auditOf(user)).toEqual([])
    expect((await ok(user.get('/api/users/me/'))).id).toBe(user.id)
  })

  test('takes 500 characters of any kind as a reason', async () => {
    const user = await server.register()
    const reason = '🫖'.repeat(500)
    await act(user, 'suspend', reason)
    expect((await auditOf(user))[0]!.reason).toBe(reason)
  })
})

describe('admins', () => {
  test('get and lose their rights at once', async () => {
    const user = await server.register()
    await act(user, 'make_admin', 'on call')
    const theirs = await signInAs(user)
    expect(textOf(await browser.get(`/admin/users/${user.id}/`))).toContain('Status Admin')
    await act(user, 'unmake_admin')
    expect((await theirs.get('/admin/')).path).toBe('/admin/sign-in/')
    expect((await auditOf(user)).map(({ action }) => action)).toEqual([
      'unmake_admin',
      'make_admin',
    ])
  })

  test('always include one who can sign in', async () => {
    await using own = await startTestServer()
    const { browser: only, user } = await openAsAdmin(own)
    const suspended = await own.register()
    await act(suspended, 'make_admin', '', only)
    await act(suspended, 'suspend', 'on leave', only)
    for (const action of ['suspend', 'unmake_admin']) {
      const shown = await act(user, action, 'enough', only)
      expect(shown.status).toBe(409)
      expect(textOf(shown)).toContain(`is the only admin: make another user an admin first`)
    }
    await act(suspended, 'reinstate', '', only)
    expect((await act(user, 'unmake_admin', '', only)).path).toBe('/admin/sign-in/')
  })

  test('[A5] include one who cannot delete the only admin account until there is another admin', async () => {
    await using own = await startTestServer()
    const { user } = await openAsAdmin(own)
    const away = await own.register()
    await sql`update users set is_admin = true, suspended_at = now() where id = ${away.id}`.execute(
      own.db,
    )
    const leave = async (who = user) =>
      await who.delete('/api/users/me/', { password: testPassword })
    const refused = await leave()
    expect(problemOf(refused)).toBe('409 conflict')
    expect((refused.body as { detail: string }).detail).toContain('make another user an admin')
    await ok(user.get('/api/users/me/'))
    await sql`update users set suspended_at = null where id = ${away.id}`.execute(own.db)
    // Both delete their account at the same moment. One of them stays.
    const answers = await Promise.all([leave(), leave(away)])
    expect(answers.map(({ status }) => status).toSorted()).toEqual([204, 409])
  })

  test.for([
    ['themselves', 0],
    ['each other', 1],
  ] as const)(
    'always include one, even when all revoke %s at the same moment',
    async ([, step]) => {
      await using own = await startTestServer()
      const all = [await openAsAdmin(own), await openAsAdmin(own), await openAsAdmin(own)]
      const forms = await Promise.all(
        all.map(async ({ browser: by }, n) => {
          const path = `/admin/users/${all[(n + step) % 3]!.user.id}/unmake_admin/`
          return { by, path, page: await by.get(path) }
        }),
      )
      await Promise.all(forms.map(({ by, path, page }) => by.submit(page, path, { reason: '' })))
      const admins = own.db.selectFrom('users').where('is_admin', '=', true).select('id')
      expect(await admins.execute()).toHaveLength(1)
    },
  )

  test('can end all sessions of a user, here and in the chat', async () => {
    const user = await server.register()
    const other = await user.login()
    await act(user, 'make_admin')
    const theirs = await signInAs(user)
    await using socket = await openSocket(other)
    const shown = await act(user, 'end_sessions')
    expect(textOf(shown)).toContain('All sessions have ended.')
    expect(await socket.next('bye')).toMatchObject({ code: 'session_revoked' })
    await socket.closed
    for (const each of [user, other]) {
      expect(problemOf(await each.get('/api/users/me/'))).toBe('401 session_revoked')
    }
    expect((await theirs.get('/admin/')).path).toBe('/admin/sign-in/')
    await user.login()
  })
})

test.for([
  ['reinstate', 'is not suspended'],
  ['unmake_admin', 'is not an admin'],
] as const)('a repeated action says that it is already done: %s', async ([action, why]) => {
  const user = await server.register()
  const shown = await act(user, action)
  expect(shown.status).toBe(409)
  expect(textOf(shown)).toContain(`${user.username} ${why}`)
  expect(await auditOf(user)).toEqual([])
})

test('a user who is deleted meanwhile is not changed', async () => {
  const user = await server.register()
  const path = `/admin/users/${user.id}/suspend/`
  const page = await browser.get(path)
  await ok(user.delete('/api/users/me/', { password: testPassword }))
  expect((await browser.submit(page, path, { reason: 'x' })).status).toBe(404)
})

describe('a suspension', () => {
  test('[A4] shows why and until when at login, on requests, and at the end of sockets', async () => {
    const user = await server.register()
    await using socket = await openSocket(user)
    const path = `/admin/users/${user.id}/suspend/`
    const shown = await browser.submit(await browser.get(path), path, {
      reason: 'Spam in three rooms',
      hours: '24',
    })
    const told =
      /^this account is suspended until \d{4}-\d\d-\d\d \d\d:\d\d UTC: Spam in three rooms$/
    expect(textOf(shown)).toMatch(/Suspended until .* Reason that the user sees Spam in three/)
    const bye = await socket.next('bye')
    expect(bye).toMatchObject({ code: 'suspended', reconnect: false })
    expect(bye.message).toMatch(told)
    for (const refused of [
      await user.post('/api/login/', { username: user.username, password: testPassword }),
      await user.get('/api/users/me/'),
    ]) {
      expect(problemOf(refused)).toBe('403 forbidden')
      expect((refused.body as { detail: string }).detail).toMatch(told)
    }
  })

  test('ends by its time alone, everywhere, and another one may follow', async () => {
    const user = await server.register()
    const room = await user.createRoom()
    const path = `/admin/users/${user.id}/suspend/`
    const suspend = async () =>
      await browser.submit(await browser.get(path), path, { reason: 'Spam', hours: '1' })
    await suspend()
    expect(problemOf(await user.send(room.id, 'hello'))).toBe('403 forbidden')
    await sql`update users set suspended_until = now() where id = ${user.id}`.execute(server.db)
    expect((await ok(user.send(room.id, 'hello'))).message).toBe('hello')
    await ok(user.get(`/api/rooms/${room.id}/`))
    await user.login()
    await ok(user.post('/api/token/refresh/', { refresh: user.refresh }))
    await using _socket = await openSocket(user)
    expect(textOf(await browser.get(`/admin/users/${user.id}/`))).toContain('Status Active')
    expect((await suspend()).path).toContain('done=suspend')
    expect(problemOf(await user.send(room.id, 'hello'))).toBe('403 forbidden')
  })

  test('lasts for one of the choices, and for no other time', async () => {
    const user = await server.register()
    const path = `/admin/users/${user.id}/suspend/`
    const shown = await browser.submit(await browser.get(path), path, {
      reason: 'Spam',
      hours: '2',
    })
    expect(shown.status).toBe(400)
    expect(textOf(shown)).toContain('Duration must be one of 1, 24, 168, 720')
    await ok(user.get('/api/users/me/'))
  })
})

describe('the details of a user', () => {
  test('show sessions, rooms, open reports and last activity, and end one session alone', async () => {
    const user = await server.register()
    const other = await user.login()
    const room = await user.createRoom({ title: 'Tea' })
    const reporter = await server.register()
    await ok(reporter.put(`/api/users/${user.username}/report/`, { reason: 'spam' }))
    await using socket = await openSocket(user)
    const page = await browser.get(`/admin/users/${user.id}/`)
    const text = textOf(page)
    expect(text).toMatch(/Last active \d{4}-/)
    expect(text).toMatch(/Open reports Report Room .* A user/)
    expect(text).toMatch(/Rooms Room Role Joined Tea Owner/)
    expect(page.html).toContain(`/admin/rooms/${room.id}/`)
    const links = Array.from(page.html.matchAll(/\/admin\/users\/\d+\/sessions\/\d+\//g), String)
    expect(links).toHaveLength(2)
    const ended = links[1]!
    const shown = await browser.submit(await browser.get(ended), ended, { reason: '' })
    expect(textOf(shown)).toContain('The session has ended.')
    expect(await socket.next('bye')).toMatchObject({ code: 'session_revoked' })
    expect(problemOf(await user.get('/api/users/me/'))).toBe('401 session_revoked')
    await ok(other.get('/api/users/me/'))
    // The session is gone, and belongs to nobody else.
    expect((await browser.get(ended)).status).toBe(404)
    const foreign = links[0]!.replace(`/users/${user.id}/`, `/users/${me.id}/`)
    expect((await browser.get(foreign)).status).toBe(404)
    expect((await auditOf(user)).map(({ action }) => action)).toEqual(['end_session'])
  })

  test('are edited: display name and bio, with errors and what was typed', async () => {
    const user = await server.register()
    const path = `/admin/users/${user.id}/edit/`
    const long = 'x'.repeat(65)
    const refused = await browser.submit(await browser.get(path), path, {
      display_name: long,
      bio: 'Tea',
      reason: '',
    })
    expect(refused.status).toBe(400)
    expect(textOf(refused)).toContain('Display name must be at most 64 characters long')
    expect(refused.html).toContain(long)
    const save = async (display_name: string, bio: string) =>
      await browser.submit(await browser.get(path), path, { display_name, bio, reason: '' })
    expect(textOf(await save('Zoë', 'Tea'))).toContain('The profile is saved.')
    expect(await ok(user.get('/api/users/me/'))).toMatchObject({ display_name: 'Zoë', bio: 'Tea' })
    await save('', '')
    expect(await ok(user.get('/api/users/me/'))).toMatchObject({ display_name: null, bio: '' })
    const logged = server.db.selectFrom('audit_log').where('subject_id', '=', user.id)
    expect(await logged.orderBy('id', 'desc').select(['before', 'after']).execute()).toEqual([
      { before: '{"display_name":"Zoë","bio":"Tea"}', after: '{"display_name":null,"bio":""}' },
      { before: '{"display_name":null,"bio":""}', after: '{"display_name":"Zoë","bio":"Tea"}' },
    ])
  })
})
