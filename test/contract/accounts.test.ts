import { hash } from 'bcryptjs'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { signedIn, tokens } from '../../src/protocol/accounts.ts'
import { refreshTokensMax } from '../../src/protocol/limits.ts'
import { startTestServer } from '../support/chat-server.ts'
import { type TestUser, testPassword } from '../support/test-user.ts'
import { newName } from '../support/routes.ts'
import { ok, problemOf } from '../support/answers.ts'
import { openSocket, refusal } from '../support/open-socket.ts'
import { sessionOf } from '../support/sign-token.ts'
import { openDatabase, statementsDuring } from '../support/watch-database.ts'

const server = await startTestServer()
afterAll(() => server[Symbol.asyncDispose]())

const register = (body: Record<string, unknown> = {}) =>
  server.call('POST', '/api/register/', {
    username: newName(),
    password: testPassword,
    email: 'someone@example.org',
    ...body,
  })
const login = (username: string, password: string) =>
  server.call('POST', '/api/login/', { username, password })
const refresh = (token: string) => server.call('POST', '/api/token/refresh/', { refresh: token })
const statusWith = async (access: string) =>
  (await server.call('GET', '/api/rooms/', undefined, access)).status

async function rotate(token: string): Promise<{ access: string; refresh: string }> {
  const answer = await refresh(token)
  expect(answer.status).toBe(200)
  expect(tokens.strict().parse(answer.body)).toEqual(answer.body)
  expect(await statusWith(answer.body.access)).toBe(200)
  return answer.body
}

/** Makes the tokens of a session older by that much. */
async function letPass(user: TestUser, seconds: number): Promise<void> {
  await using database = await openDatabase(server)
  await database.execute(
    `update refresh_tokens set given_at = given_at - make_interval(secs => $2) where session_id = $1`,
    [sessionOf(user), seconds],
  )
}

describe('[A1] register', () => {
  test('[A1] gives the user and a session', async () => {
    const username = newName()
    const answer = await register({ username, email: 'ann@example.org' })
    expect(answer.status).toBe(201)
    expect(signedIn.strict().parse(answer.body)).toEqual(answer.body)
    expect(answer.body.user).toMatchObject({ username, email: 'ann@example.org', is_admin: false })
    expect(await statusWith(answer.body.access)).toBe(200)
    expect((await refresh(answer.body.refresh)).status).toBe(200)
  })

  test.each(['a', 'A_1', '_', '0', 'x'.repeat(32)])(
    '[A1] %j is a valid username',
    async (username) => {
      const answer = await register({ username })
      expect(answer.body.user.username).toBe(username)
    },
  )

  test.each(['', 'x'.repeat(33), 'two words', 'a-b', 'a.b', 'é', 'a\nb', '😀', 1, null])(
    '[A1] %j is not a valid username',
    async (username) => {
      const answer = await register({ username })
      expect(problemOf(answer)).toBe('400 bad_request')
      expect(answer.body.errors[0].field).toBe('username')
    },
  )

  test('[A1] spaces around a name and an address are trimmed, because phones add them', async () => {
    const username = newName()
    const answer = await register({ username: `${username} `, email: ` Ann@Example.org\n` })
    expect(answer.status).toBe(201)
    expect(answer.body.user).toMatchObject({ username, email: 'Ann@example.org' })
    expect(problemOf(await register({ username: `\t${username}` }))).toBe('409 conflict')
  })

  test('[A1] a username is unique without regard to case, even in concurrent requests', async () => {
    const username = newName()
    const answers = await Promise.all(
      [username, username.toUpperCase(), username].map((name) => register({ username: name })),
    )
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(2)
    expect(problemOf(await register({ username: username.toUpperCase() }))).toBe('409 conflict')
  })

  test("[A1] registering with another user's email address gives the same answer and statements as with a new one", async () => {
    const owner = await register({ email: 'owner@example.org' })
    await using database = await openDatabase(server)
    await database.execute('update users set email_verified_at = now() where id = $1', [
      owner.body.user.id,
    ])
    const answers = []
    for (const email of ['owner@example.org', 'OWNER@example.org', 'nobody@example.org']) {
      const work = async () => answers.push(await register({ email }))
      const statements = await statementsDuring(server, work)
      expect(answers.at(-1)).toMatchObject({ status: 201, body: { user: { email } } })
      answers.push(statements.map(({ sql }) => sql))
    }
    expect(answers[1]).toEqual(answers[5])
    expect(answers[3]).toEqual(answers[5])
  })

  test.each(['', 'no address', 'a@', '@b.org', 'a@b_c', `${'x'.repeat(250)}@example.org`, 1])(
    '[A1] %j is not a valid email address',
    async (email) => {
      const answer = await register({ email })
      expect(problemOf(answer)).toBe('400 bad_request')
      expect(answer.body.errors[0].field).toBe('email')
    },
  )

  test('[A1] a password has at least 8 characters and at most 72 bytes in UTF-8, and is never cut', async () => {
    for (const password of [
      'x7!kQp2z',
      'é7!kQp2ż',
      '犬猫鳥犬猫鳥犬猫',
      '🙂🙃'.repeat(4),
      'é'.repeat(36).normalize('NFD'),
      'x'.repeat(71) + '1',
      'é'.repeat(36),
      ' '.repeat(9),
    ]) {
      expect((await register({ password })).status).toBe(201)
    }
    for (const password of [
      'x7!kQp2',
      'é7!kQp2',
      '犬猫鳥',
      '🙂🙃',
      'żółw'.normalize('NFD'),
      'é'.repeat(7).normalize('NFD'),
      'x'.repeat(73),
      'é'.repeat(37),
      '😀'.repeat(19),
      12345678,
    ]) {
      const answer = await register({ password })
      expect(problemOf(answer)).toBe('400 bad_request')
      expect(answer.body.errors[0].field).toBe('password')
    }
    const username = newName()
    const longest = 'é'.repeat(36)
    expect((await register({ username, password: longest })).status).toBe(201)
    expect((await login(username, longest)).status).toBe(200)
    expect(problemOf(await login(username, `${longest}x`))).toBe('401 unauthenticated')
    expect(problemOf(await login(username, 'é'.repeat(35)))).toBe('401 unauthenticated')
  })

  test('[A1] a password is not the username, and not one of the most common passwords', async () => {
    const username = `${newName()}_long`
    const passwords = [
      username,
      username.toUpperCase(),
      'password',
      'password1',
      'Password1',
      '12345678',
      'qwertyuiop',
    ]
    for (const password of passwords) {
      const answer = await register({ username, password })
      expect(problemOf(answer)).toBe('400 bad_request')
      expect(answer.body.errors[0].field).toBe('password')
    }
    expect((await register({ username, password: `${username}.` })).status).toBe(201)
  })

  test('[A1] a password with a NUL, an unpaired surrogate or an invisible character is refused', async () => {
    for (const password of ['long enough\0', 'long enough\ud800', 'long enough\u200b']) {
      expect(problemOf(await register({ password }))).toBe('400 bad_request')
    }
  })
})

describe('[A2] login', () => {
  test('[A2] returns the user and a new session, for any case of the username', async () => {
    const user = await server.register()
    const answer = await login(user.username.toUpperCase(), testPassword)
    expect(answer.status).toBe(200)
    expect(signedIn.strict().parse(answer.body)).toEqual(answer.body)
    expect(answer.body.user).toMatchObject({ id: user.id, username: user.username })
    expect(answer.body.access).not.toBe(user.access)
    expect(await statusWith(answer.body.access)).toBe(200)
    expect(await statusWith(user.access)).toBe(200)
  })

  test('[A2] gives the same answer with the same work for an unknown user and a wrong password', async () => {
    const user = await server.register()
    const told = []
    for (const username of [user.username, newName(), 'not even a username', '']) {
      let answer
      const statements = await statementsDuring(server, async () => {
        answer = await login(username, 'a wrong password')
      })
      const { status, text } = answer!
      told.push({ status, text, statements: statements.map(({ sql }) => sql) })
    }
    expect(told[0]!.status).toBe(401)
    for (const one of told) expect(one).toEqual(told[0])
  })

  test('[A2] a wrong password of any form is a wrong password', async () => {
    const user = await server.register()
    for (const password of ['', 'x', 'x'.repeat(1_000), 'a\0b', testPassword.toUpperCase()]) {
      expect(problemOf(await login(user.username, password))).toBe('401 unauthenticated')
    }
  })

  test('[A2] attempts are limited by account, even for an unknown one', async () => {
    await using limited = await startTestServer({
      limits: { loginsPerAccount: { count: 3, seconds: 600 } },
    })
    const user = await limited.register()
    for (const username of [user.username, 'nobody_at_all']) {
      const attempt = () =>
        limited.call('POST', '/api/login/', { username, password: 'a wrong one' })
      for (let i = 0; i < 3; i++) expect((await attempt()).status).toBe(401)
      const over = await attempt()
      expect(problemOf(over)).toBe('429 rate_limited')
      expect(over.headers.get('retry-after')).toMatch(/^\d+$/)
    }
    // The limit fills again with time.
    await using database = await openDatabase(limited)
    await database.execute(`update rate_limits set full_at = full_at - interval '200 seconds'`)
    expect((await user.login()).id).toBe(user.id)
  })

  test('[A2] a stranger in another network locks nobody out', async () => {
    await using limited = await startTestServer({
      trustProxy: true,
      limits: { loginsPerAccount: { count: 3, seconds: 600 } },
    })
    const attempt = async (address: string, username: string, password: string) => {
      const body = { username, password }
      const from = { 'X-Forwarded-For': address }
      return (await limited.call('POST', '/api/login/', body, undefined, from)).status
    }
    const { username } = await limited.register()
    const [home, elsewhere, travelling] = ['192.0.2.1', '203.0.113.9', '198.51.100.7']
    expect(await attempt(home, username, testPassword)).toBe(200)
    // An attacker cannot use names that look like the keys under which attempts of networks are counted, either.
    for (const name of [username, `${username}@${home}`, username.toUpperCase()]) {
      for (let i = 0; i < 4; i++) await attempt(elsewhere, name, 'a wrong one')
    }
    expect(await attempt(elsewhere, username, testPassword)).toBe(429)
    expect(await attempt(home, username, testPassword)).toBe(200)
    expect(await attempt(travelling, username, testPassword)).toBe(200)
  })

  test('[A2] a hash of another cost is renewed at the next login, even in concurrent logins', async () => {
    const user = await server.register()
    await using database = await openDatabase(server)
    const stored = async () =>
      await database.execute(
        `select u.password_hash, a.password_hash = u.password_hash as is_signed_in
           from users u join admin_sessions a on a.user_id = u.id where u.id = $1`,
        [user.id],
      )
    const outdated = await hash(testPassword, 5)
    await database.execute(`update users set password_hash = $2 where id = $1`, [user.id, outdated])
    await database.execute(
      `insert into admin_sessions (user_id, token_hash, password_hash, expires_at)
        values ($1, $2, $3, now() + make_interval(mins => 5))`,
      [user.id, newName(), outdated],
    )
    expect((await login(user.username, 'a wrong password')).status).toBe(401)
    expect(await stored()).toEqual([{ password_hash: outdated, is_signed_in: true }])

    const answers = await Promise.all(
      [1, 2, 3, 4].map(async () => await login(user.username, testPassword)),
    )
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    const [renewed] = await stored()
    expect(renewed).toEqual({ password_hash: expect.stringContaining('$04$'), is_signed_in: true })

    // The hash is renewed once.
    expect((await login(user.username, testPassword)).status).toBe(200)
    expect(await stored()).toEqual([renewed])
  })

  test('[A2] right passwords do not count as attempts', async () => {
    await using limited = await startTestServer({
      limits: { loginsPerAccount: { count: 3, seconds: 600 } },
    })
    const user = await limited.register()
    const attempt = async (password: string) =>
      (await limited.call('POST', '/api/login/', { username: user.username, password })).status
    for (let n = 0; n < 8; n++) expect(await attempt(testPassword)).toBe(200)
    // They do not give back what wrong passwords have used, either.
    for (const password of ['a wrong one', testPassword, 'a wrong one', testPassword]) {
      expect(await attempt(password)).toBe(password === testPassword ? 200 : 401)
    }
    expect(await attempt('a wrong one')).toBe(401)
    expect(await attempt(testPassword)).toBe(429)
  })
})

describe('[A3] refresh', () => {
  test('[A3] rotates: each refresh returns the next token', async () => {
    const user = await server.register()
    let token = user.refresh
    const seen = new Set([token])
    for (let i = 0; i < 4; i++) {
      token = (await rotate(token)).refresh
      seen.add(token)
    }
    expect(seen.size).toBe(5)
    // The older access token belongs to the same session, and is still good.
    expect(await statusWith(user.access)).toBe(200)
  })

  test('[A3] a used-up token revokes the whole session, with its sockets', async () => {
    const user = await server.register()
    const first = user.refresh
    const second = (await rotate(first)).refresh
    const third = await rotate(second)
    await using socket = await openSocket(user)
    const other = await user.login()
    expect(problemOf(await refresh(first))).toBe('401 session_revoked')
    expect(problemOf(await refresh(third.refresh))).toBe('401 session_revoked')
    expect(await statusWith(third.access)).toBe(401)
    expect(await statusWith(user.access)).toBe(401)
    expect(await statusWith(other.access)).toBe(200)
    await socket.closed
    expect(socket.ofType('bye')).toEqual([
      { type: 'bye', code: 'session_revoked', reconnect: false, after_ms: 0 },
    ])
  })

  test('[A3] a used token stays good until its successor is used', async () => {
    const user = await server.register()
    const lost = await rotate(user.refresh)
    const again = await rotate(user.refresh)
    expect(again.refresh).not.toBe(lost.refresh)
    const next = await rotate(again.refresh)
    // Its successor was used, so this token is used up now.
    expect(problemOf(await refresh(user.refresh))).toBe('401 session_revoked')
    expect(problemOf(await refresh(next.refresh))).toBe('401 session_revoked')
  })

  test('[A3] a second use after 30 s makes the unused successor of the first one void', async () => {
    const user = await server.register()
    const lost = await rotate(user.refresh)
    await letPass(user, 31)
    const again = await rotate(user.refresh)
    expect(problemOf(await refresh(lost.refresh))).toBe('401 session_revoked')
    expect(problemOf(await refresh(again.refresh))).toBe('401 session_revoked')
  })

  test('[A3] successors that were given within 30 s are equally good, at any later time', async () => {
    const user = await server.register()
    const first = await rotate(user.refresh)
    await letPass(user, 29)
    const second = await rotate(user.refresh)
    await letPass(user, 7 * 86_400)
    for (const twin of [second, first]) {
      const next = await rotate(twin.refresh)
      await rotate(next.refresh)
    }
  })

  test('[A3] the 30 s begin when each successor is given', async () => {
    const user = await server.register()
    const first = await rotate(user.refresh)
    await letPass(user, 20)
    const second = await rotate(user.refresh)
    await letPass(user, 20)
    const third = await rotate(user.refresh)
    await rotate(third.refresh)
    await rotate(second.refresh)
    expect(problemOf(await refresh(first.refresh))).toBe('401 session_revoked')
  })

  test('[A3] three tabs that refresh at once continue side by side over many generations', async () => {
    const user = await server.register()
    const started = await Promise.all(Array.from({ length: 3 }, () => rotate(user.refresh)))
    const tabs = started.map((tab) => tab.refresh)
    // The second tab sleeps for two of three rounds. Each answer is lost once, and requested again.
    for (let round = 0; round < 6; round++) {
      await letPass(user, 14 * 60)
      for (const [n, token] of tabs.entries()) {
        if (n === 1 && round % 3 !== 0) continue
        await rotate(token)
        await letPass(user, 60)
        tabs[n] = (await rotate(token)).refresh
      }
    }
    expect(new Set(tabs).size).toBe(3)
  })

  test('[A3] a token is used up as soon as one of its successors is used', async () => {
    const user = await server.register()
    const [first, second] = [await rotate(user.refresh), await rotate(user.refresh)]
    await rotate(first.refresh)
    expect(problemOf(await refresh(user.refresh))).toBe('401 session_revoked')
    expect(problemOf(await refresh(second.refresh))).toBe('401 session_revoked')
  })

  test('[A3] a used-up token of one tab ends the session of all', async () => {
    const user = await server.register()
    const [first, second] = [await rotate(user.refresh), await rotate(user.refresh)]
    const next = await rotate(first.refresh)
    await rotate(next.refresh)
    const other = await rotate(second.refresh)
    expect(problemOf(await refresh(first.refresh))).toBe('401 session_revoked')
    expect(problemOf(await refresh(other.refresh))).toBe('401 session_revoked')
    expect(await statusWith(other.access)).toBe(401)
  })

  test('[A3] a session has at most 20 unused tokens, and the oldest become void', async () => {
    const user = await server.register()
    const given = []
    for (let n = 0; n < refreshTokensMax + 1; n++) given.push((await rotate(user.refresh)).refresh)
    await using database = await openDatabase(server)
    const rows = await database.execute('select hash from refresh_tokens where session_id = $1', [
      sessionOf(user),
    ])
    expect(rows).toHaveLength(refreshTokensMax)
    await rotate(given.at(-1)!)
    await rotate(given[1]!)
    expect(problemOf(await refresh(given[0]!))).toBe('401 session_revoked')
  })

  test('[A3] a suspended user uses up no token', async () => {
    const user = await server.register()
    await using database = await openDatabase(server)
    const set = (value: string) =>
      database.execute(`update users set suspended_at = ${value} where id = $1`, [user.id])
    const { refresh: token } = await rotate(user.refresh)
    await set('now()')
    for (let n = 0; n < 2; n++) expect(problemOf(await refresh(token))).toBe('403 forbidden')
    await set('null')
    await rotate(token)
  })

  test('[A3] tokens are stored hashed', async () => {
    const user = await server.register()
    const next = await rotate(user.refresh)
    await using database = await openDatabase(server)
    const rows = await database.execute(
      'select * from sessions s join refresh_tokens t on t.session_id = s.id where s.user_id = $1',
      [user.id],
    )
    expect(rows).toHaveLength(1)
    const stored = JSON.stringify(rows)
    for (const token of [user.refresh, next.refresh]) {
      for (const part of [token, ...token.split('.')]) expect(stored).not.toContain(part)
    }
  })

  test('[A3] any other text is not a token', async () => {
    const user = await server.register()
    const [family, secret] = user.refresh.split('.')
    for (const token of [
      'x',
      `${family}`,
      `${family}.`,
      `x${user.refresh}`,
      user.access.slice(0, 200),
    ]) {
      expect(problemOf(await refresh(token))).toBe('401 unauthenticated')
    }
    for (const token of ['', 1, null, 'x'.repeat(257)]) {
      const answer = await server.call('POST', '/api/token/refresh/', { refresh: token })
      expect(problemOf(answer)).toBe('400 bad_request')
    }
    const unknown = `${'A'.repeat(22)}.${secret}`
    expect((await refresh(unknown)).status).toBe(401)
    expect((await refresh(user.refresh)).status).toBe(200)
  })

  test('[A3] a session lasts 30 days from its last refresh', async () => {
    const user = await server.register()
    await using database = await openDatabase(server)
    const lifeOf = async () => {
      const [row] = await database.execute(
        `select extract(epoch from expires_at - now())::float as life from sessions where id = $1`,
        [sessionOf(user)],
      )
      return Number(row!['life']) / 86_400
    }
    expect(await lifeOf()).toBeCloseTo(30, 2)
    await database.execute(
      `update sessions set expires_at = now() + interval '1 minute' where id = $1`,
      [sessionOf(user)],
    )
    const { refresh: next } = await rotate(user.refresh)
    expect(await lifeOf()).toBeCloseTo(30, 2)
    await database.execute('update sessions set expires_at = now() where id = $1', [
      sessionOf(user),
    ])
    expect(problemOf(await refresh(next))).toBe('401 session_revoked')
  })

  test('[A3] expired sessions are purged', async () => {
    const [user, other] = [await server.register(), await server.register()]
    await using database = await openDatabase(server)
    const kept = await user.login()
    await database.execute(
      `update sessions set expires_at = now() - interval '1 second' where id = $1`,
      [sessionOf(user)],
    )
    await other.login()
    const rows = await database.execute('select id from sessions where user_id = $1', [user.id])
    expect(rows).toEqual([{ id: String(sessionOf(kept)) }])
  })
})

describe('[A4] logout', () => {
  test('[A4] ends the session: its tokens stop working at once, and other sessions continue', async () => {
    const user = await server.register()
    const other = await user.login()
    const answer = await user.post('/api/logout/')
    expect(answer).toMatchObject({ status: 204, text: '' })
    expect(problemOf(await user.get('/api/rooms/'))).toBe('401 session_revoked')
    expect(problemOf(await refresh(user.refresh))).toBe('401 session_revoked')
    expect(problemOf(await user.post('/api/logout/'))).toBe('401 session_revoked')
    expect(await refusal(user.connect())).toBe(401)
    expect(await statusWith(other.access)).toBe(200)
  })

  test('[A4] a concurrent send is either refused or done before the logout', async () => {
    const user = await server.register()
    const room = await user.createRoom()
    const sends = Array.from({ length: 10 }, (_, i) => user.send(room.id, `${i}`))
    const [logout, ...answers] = await Promise.all([user.post('/api/logout/'), ...sends])
    expect(logout.status).toBe(204)
    for (const { status } of answers) expect([201, 401]).toContain(status)
    expect((await user.send(room.id, 'late')).status).toBe(401)
  })

  test('[A4] partners see a user who logs out go offline', async () => {
    const [ann, ben] = [await server.register(), await server.register()]
    await ok(ann.post('/api/direct/', { username: ben.username }))
    await using watching = await openSocket(ann)
    await using _ = await openSocket(ben)
    await watching.next(isPresence(ben, true))
    await ok(ben.post('/api/logout/'))
    await vi.waitFor(() => expect(watching.received.some(isPresence(ben, false))).toBe(true))
  })
})

function isPresence(user: TestUser, online: boolean) {
  return (frame: { type: string; user_id: number; online: boolean }) =>
    frame.type === 'presence' && frame.user_id === user.id && frame.online === online
}
