import { afterAll, describe, expect, test } from 'vitest'
import { user as userSchema } from '../../src/protocol/accounts.ts'
import { userPage } from '../../src/protocol/users.ts'
import { startTestServer } from '../support/chat-server.ts'
import { testPassword } from '../support/test-user.ts'
import { fieldOf, ok, problemOf, walk } from '../support/answers.ts'
import { openSocket } from '../support/open-socket.ts'
import { openDatabase } from '../support/watch-database.ts'

const server = await startTestServer()
afterAll(() => server[Symbol.asyncDispose]())

const login = (username: string, password: string) =>
  server.call('POST', '/api/login/', { username, password })

describe('[A5] the profile', () => {
  test('[A5] is what registering and login give, with a bio that is empty at first', async () => {
    const user = await server.register()
    const me = await ok(user.get('/api/users/me/'))
    expect(userSchema.strict().parse(me)).toEqual(me)
    expect(me).toMatchObject({ id: user.id, bio: '', email: `${user.username}@example.org` })
    const { user: atLogin } = (await login(user.username, testPassword)).body
    expect(atLogin).toEqual(me)
  })

  test('[A5] bio and email change apart or together', async () => {
    const user = await server.register()
    const before = await ok(user.get('/api/users/me/'))
    const withBio = await ok(user.patch('/api/users/me/', { bio: ' Tea 🍵 ' }))
    expect(withBio).toEqual({ ...before, bio: 'Tea 🍵' })
    const withEmail = await ok(user.patch('/api/users/me/', { email: 'new@example.org' }))
    expect(withEmail).toEqual({ ...withBio, email: 'new@example.org' })
    await ok(user.patch('/api/users/me/', { email: 'other@example.org', bio: '' }))
    expect(await ok(user.get('/api/users/me/'))).toEqual({ ...before, email: 'other@example.org' })
  })

  test('[A5] a bio has up to 500 code points', async () => {
    const user = await server.register()
    const bio = '😀'.repeat(500)
    expect(await ok(user.patch('/api/users/me/', { bio }))).toMatchObject({ bio })
    const answer = await user.patch('/api/users/me/', { bio: `${bio}x` })
    expect(problemOf(answer)).toBe('400 bad_request')
    expect(answer.body.errors[0].field).toBe('bio')
  })

  test('[A5] another email address has yet to be proved, the same one in other letters not', async () => {
    const user = await server.register()
    await using database = await openDatabase(server)
    const isVerified = async () => {
      const [row] = await database.execute(
        'select email_verified_at is not null as verified from users where id = $1',
        [user.id],
      )
      return row!['verified']
    }
    await database.execute('update users set email_verified_at = now() where id = $1', [user.id])
    await ok(user.patch('/api/users/me/', { bio: 'x' }))
    await ok(user.patch('/api/users/me/', { email: `${user.username.toUpperCase()}@example.org` }))
    expect(await isVerified()).toBe(true)
    await ok(user.patch('/api/users/me/', { email: 'another@example.org' }))
    expect(await isVerified()).toBe(false)
  })

  test('[A5] changing to an email address that somebody else has proved gives the same answer as a new one', async () => {
    const [owner, other] = [await server.register(), await server.register()]
    await using database = await openDatabase(server)
    await database.execute('update users set email_verified_at = now() where id = $1', [owner.id])
    const email = `${owner.username}@example.org`
    expect(await ok(other.patch('/api/users/me/', { email }))).toMatchObject({ email })
  })
})

describe('[A5] the search for users', () => {
  test('[A5] finds by the beginning of the name, in any case, and tells no email address', async () => {
    const names = ['Zoe', 'zoe_2', 'ZOEY', 'azoe', 'zo', 'zof']
    const [zoe] = await Promise.all(names.map((name) => server.register(name)))
    await ok(zoe!.patch('/api/users/me/', { bio: 'Here' }))
    for (const search of ['zoe', 'ZOE']) {
      const page = await ok(zoe!.get(`/api/users/?search=${search}`))
      expect(userPage.parse(page)).toEqual(page)
      expect(fieldOf([page], 'username')).toEqual(['Zoe', 'zoe_2', 'ZOEY'])
      expect(page.results[0]).toEqual({
        id: zoe!.id,
        username: 'Zoe',
        display_name: null,
        bio: 'Here',
      })
    }
    const found = async (search: string) =>
      fieldOf([await ok(zoe!.get(`/api/users/?search=${encodeURIComponent(search)}`))], 'username')
    // An underscore is a letter like any other, and no pattern.
    expect(await found('zoe_')).toEqual(['zoe_2'])
    for (const nobody of ['%', 'zoe%', 'zoe\\', 'zoé', '~', '"']) {
      expect(await found(nobody)).toEqual([])
    }
  })

  test('[A5] lists everybody by name, in pages forth and back, nothing missing or double', async () => {
    const many = await startTestServer()
    try {
      const users = await Promise.all(
        Array.from({ length: 13 }, (_, n) => many.register(`${n % 2 ? 'User' : 'user'}_${n}`)),
      )
      // The order of bytes, in lower case.
      const names = users.map(({ username }) => username)
      const sorted = names.toSorted((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1))
      const forth = await walk(users[0]!, '/api/users/?limit=4')
      expect(fieldOf(forth, 'username')).toEqual(sorted)
      const back = await walk(users[0]!, forth.at(-1).previous, 'previous')
      expect(fieldOf(back.toReversed(), 'username')).toEqual(sorted.slice(0, 12))
      const some = await walk(users[0]!, '/api/users/?search=user_1&limit=2')
      expect(fieldOf(some, 'username')).toEqual(
        sorted.filter((name) => name.toLowerCase().startsWith('user_1')),
      )
    } finally {
      await many[Symbol.asyncDispose]()
    }
  })

  test('[A5] a page is a range of one index, whatever the number of users', async () => {
    await using database = await openDatabase(server)
    const user = await server.register()
    const statement = server.statements.length
    await ok(user.get('/api/users/?limit=2&cursor=azoe'))
    const { sql, parameters } = server.statements
      .slice(statement)
      .find(({ sql }) => sql.includes('collate'))!
    await database.execute('set enable_seqscan = off')
    const plan = await database.execute(`explain ${sql}`, [...parameters])
    const text = plan.map((row) => row['QUERY PLAN']).join('\n')
    expect(text).toMatch(/Index Scan using users_username/)
    expect(text).toMatch(/Index Cond: .*>/)
    expect(text).not.toMatch(/Sort/)
  })
})

describe('[A5] the password', () => {
  const next = 'another long enough one'
  const change = (current_password: unknown, new_password: unknown = next) => ({
    current_password,
    new_password,
  })
  const path = '/api/users/me/password/'

  test('[A5] changes: the new one logs in, the old one does not; the session stays', async () => {
    const user = await server.register()
    await using socket = await openSocket(user)
    const answer = await user.post(path, change(testPassword))
    expect(answer).toMatchObject({ status: 204, text: '' })
    expect(problemOf(await login(user.username, testPassword))).toBe('401 unauthenticated')
    expect((await login(user.username, next)).status).toBe(200)
    expect((await user.get('/api/users/me/')).status).toBe(200)
    expect(await socket.ask({ action: 'heads' })).toMatchObject({ type: 'heads' })
    const refreshed = await server.call('POST', '/api/token/refresh/', { refresh: user.refresh })
    expect(refreshed.status).toBe(200)
  })

  test('[A5] asks for the present one, and names the field when it is wrong', async () => {
    const user = await server.register()
    for (const wrong of ['', 'wrong', testPassword.toUpperCase(), testPassword.padEnd(90)]) {
      const answer = await user.post(path, change(wrong))
      expect(problemOf(answer)).toBe('403 forbidden')
      expect(answer.body.detail).toBe('current_password is not the password of this account')
    }
    expect((await login(user.username, testPassword)).status).toBe(200)
  })

  test('[A5] the new one is what a password has to be', async () => {
    const user = await server.register('somebody_long')
    for (const wrong of [
      'seven_7',
      'x'.repeat(73),
      'password1',
      'SOMEBODY_long',
      'a long\0one',
      1,
    ]) {
      const answer = await user.post(path, change(testPassword, wrong))
      expect(problemOf(answer)).toBe('400 bad_request')
      expect(answer.body.errors).toMatchObject([{ field: 'new_password' }])
    }
    expect((await login(user.username, testPassword)).status).toBe(200)
  })

  test.each([
    ['POST', path, change('wrong')],
    ['DELETE', '/api/users/me/', { password: 'wrong' }],
  ])('[A5] attempts by %s %s are limited by session, and fill again', async (method, at, body) => {
    await using limited = await startTestServer({
      limits: { loginsPerAccount: { count: 3, seconds: 600 } },
    })
    const user = await limited.register()
    const attempt = () => limited.call(method, at, body, user.access)
    for (let i = 0; i < 3; i++) expect((await attempt()).status).toBe(403)
    const over = await attempt()
    expect(problemOf(over)).toBe('429 rate_limited')
    expect(over.headers.get('retry-after')).toMatch(/^\d+$/)
    // Who tries keeps the owner neither from logging in, nor from giving the password in another session.
    const other = await user.login()
    expect((await limited.call(method, at, body, other.access)).status).toBe(403)
    await using database = await openDatabase(limited)
    await database.execute(`update rate_limits set full_at = full_at - interval '200 seconds'`)
    expect((await attempt()).status).toBe(403)
  })

  test('[A5] right ones are no attempts', async () => {
    await using limited = await startTestServer({
      limits: { loginsPerAccount: { count: 1, seconds: 600 } },
    })
    const user = await limited.register()
    for (let n = 0; n < 3; n++) {
      expect((await user.post(path, change(testPassword, testPassword))).status).toBe(204)
    }
    expect((await user.post(path, change('wrong'))).status).toBe(403)
    expect((await user.post(path, change(testPassword))).status).toBe(429)
  })

  test('[A5] of two changes at once one is made', async () => {
    const user = await server.register()
    const passwords = ['one long enough password', 'two long enough password']
    const answers = await Promise.all(
      passwords.map((password) => user.post(path, change(testPassword, password))),
    )
    const statuses = answers.map(({ status }) => status)
    expect(statuses.toSorted()).toEqual([204, 403])
    const kept = passwords[statuses.indexOf(204)]!
    expect((await login(user.username, kept)).status).toBe(200)
  })
})
