import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { qrSvg, stepOfCode } from '../../src/core/accounts/totp.ts'
import { startTestServer, type TestServer } from '../support/chat-server.ts'
import { codeOf, forgetUse, turnOn, wrongCodeOf } from '../support/second-factor.ts'
import { type TestUser, testPassword } from '../support/test-user.ts'
import { ok, problemOf } from '../support/answers.ts'
import { statementsDuring } from '../support/watch-database.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

const path = '/api/users/me/second-factor/'
const needed = '401 code_required'

async function logIn(
  user: Pick<TestUser, 'username'>,
  code?: string,
  { password = testPassword, from = '10.0.0.1', at = server } = {},
) {
  const body = { username: user.username, password, ...(code !== undefined && { code }) }
  return await at.call('POST', '/api/login/', body, undefined, { 'X-Forwarded-For': from })
}

describe('[A8] setting up a second factor', () => {
  test('takes the password, and a code of the app; until then no login asks for one', async () => {
    const user = await server.register()
    expect(await ok(user.get(path))).toEqual({
      enabled: false,
      enabled_at: null,
      recovery_codes_left: 0,
    })
    expect(problemOf(await user.post(path, { password: 'a wrong one' }))).toBe('403 forbidden')
    const early = await user.post(`${path}confirm/`, { code: '123456' })
    expect(problemOf(early)).toBe('409 conflict')
    const first = await ok(user.post(path, { password: testPassword }))
    const begun = await user.post(path, { password: testPassword })
    expect(begun.status).toBe(201)
    const { secret, uri, qr_svg } = begun.body
    expect(secret).not.toBe(first.secret)
    expect(secret).toMatch(/^[A-Z2-7]{32}$/)
    expect(uri).toBe(
      `otpauth://totp/Quick%20Connect:${user.username}?issuer=Quick%20Connect&secret=${secret}&algorithm=SHA1&digits=6&period=30`,
    )
    expect(qr_svg).toBe(qrSvg(uri))
    expect((await logIn(user)).status).toBe(200)

    for (const code of [wrongCodeOf(secret), codeOf(first.secret), 'abcdef', '१२३४५६', '1']) {
      const refused = await user.post(`${path}confirm/`, { code })
      expect(problemOf(refused)).toBe('400 bad_request')
      expect(refused.body.errors).toMatchObject([{ field: 'code' }])
    }
    const inArabic = codeOf(secret).replace(/\d/g, (digit) =>
      String.fromCharCode(0x660 + Number(digit)),
    )
    const confirmed = await ok(user.post(`${path}confirm/`, { code: ` ${inArabic}` }))
    expect(new Set(confirmed.recovery_codes).size).toBe(10)
    for (const code of confirmed.recovery_codes) {
      expect(code).toMatch(/^(?:[a-km-np-z2-9]{4}-){3}[a-km-np-z2-9]{4}$/)
    }
    expect(await ok(user.get(path))).toMatchObject({ enabled: true, recovery_codes_left: 10 })
    expect(problemOf(await logIn(user))).toBe(needed)
    expect(problemOf(await user.post(path, { password: testPassword }))).toBe('409 conflict')
    const again = await user.post(`${path}confirm/`, { code: codeOf(secret, 1) })
    expect(problemOf(again)).toBe('409 conflict')
  })

  test('is confirmed within 30 minutes, with a few attempts alone', async () => {
    await using limited = await startTestServer({
      limits: { codesPerAccount: { count: 3, seconds: 3_600 } },
    })
    const user = await limited.register()
    const { secret } = await ok(user.post(path, { password: testPassword }))
    const answers = []
    for (let n = 0; n < 3; n++) {
      answers.push(problemOf(await user.post(`${path}confirm/`, { code: wrongCodeOf(secret) })))
    }
    expect(answers).toEqual(Array(3).fill('400 bad_request'))
    const right = { code: codeOf(secret) }
    expect(problemOf(await user.post(`${path}confirm/`, right))).toBe('429 rate_limited')
    const late = await limited.register()
    const begun = await ok(late.post(path, { password: testPassword }))
    await sql`
      update second_factors set begun_at = begun_at - make_interval(mins => 31)
       where user_id = ${late.id}`.execute(limited.db)
    const confirm = await late.post(`${path}confirm/`, { code: codeOf(begun.secret) })
    expect(problemOf(confirm)).toBe('409 conflict')
  })

  test('is confirmed once by two requests at the same time', async () => {
    const user = await server.register()
    const { secret } = await ok(user.post(path, { password: testPassword }))
    const both = await Promise.all(
      [0, 1].map(() => user.post(`${path}confirm/`, { code: codeOf(secret) })),
    )
    expect(both.map(({ status }) => status).toSorted()).toEqual([200, 409])
    expect(await ok(user.get(path))).toMatchObject({ recovery_codes_left: 10 })
  })

  test('leaves what goes on as it is: sessions, and what asks for the password', async () => {
    const user = await server.register()
    const { secret } = await turnOn(server, user)
    expect((await user.get('/api/users/me/')).status).toBe(200)
    const fresh = await ok(server.call('POST', '/api/token/refresh/', { refresh: user.refresh }))
    expect(fresh.access).toBeTruthy()
    const change = { current_password: testPassword, new_password: 'another good password' }
    expect((await user.post('/api/users/me/password/', change)).status).toBe(204)
    const password = change.new_password
    expect(problemOf(await logIn(user, undefined, { password }))).toBe(needed)
    expect((await logIn(user, codeOf(secret), { password })).status).toBe(200)
    expect((await user.delete('/api/users/me/', { password })).status).toBe(204)
    const left = server.db.selectFrom('second_factors').where('user_id', '=', user.id)
    expect(await left.select('user_id').execute()).toEqual([])
  })
})

describe('[A8] a login with a second factor', () => {
  let user: TestUser
  let secret: string
  let recoveryCodes: string[]
  beforeAll(async () => {
    user = await server.register()
    ;({ secret, recoveryCodes } = await turnOn(server, user))
  })

  test('takes each code of the app once, and none from before one that was used', async () => {
    await forgetUse(server, user)
    expect(problemOf(await logIn(user, wrongCodeOf(secret)))).toBe(needed)
    const code = codeOf(secret)
    expect((await logIn(user, ` ${code.slice(0, 3)} ${code.slice(3)} `)).status).toBe(200)
    expect(problemOf(await logIn(user, code))).toBe(needed)
    expect(problemOf(await logIn(user, codeOf(secret, -1)))).toBe(needed)
    expect((await logIn(user, codeOf(secret, 1))).status).toBe(200)
    expect(problemOf(await logIn(user, code))).toBe(needed)
  })

  test('lets one in of several that give the same code at the same moment', async () => {
    await forgetUse(server, user)
    const code = codeOf(secret)
    const all = await Promise.all(Array.from({ length: 4 }, () => logIn(user, code)))
    expect(all.map(({ status }) => status).toSorted()).toEqual([200, 401, 401, 401])
    const recovery = recoveryCodes.pop()!
    const others = await Promise.all(Array.from({ length: 4 }, () => logIn(user, recovery)))
    expect(others.map(({ status }) => status).toSorted()).toEqual([200, 401, 401, 401])
  })

  test('takes each recovery code once, however it is typed', async () => {
    const [one, two] = [recoveryCodes.pop()!, recoveryCodes.pop()!]
    const { recovery_codes_left: before } = await ok(user.get(path))
    expect((await logIn(user, one)).status).toBe(200)
    expect(problemOf(await logIn(user, one))).toBe(needed)
    expect((await logIn(user, two.replaceAll('-', ' ').toUpperCase())).status).toBe(200)
    expect((await ok(user.get(path))).recovery_codes_left).toBe(before - 2)
  })

  test('asks for no code before the password is right, and tells nobody who has one', async () => {
    const other = await server.register()
    const work: string[] = []
    for (const whose of [user, other]) {
      await statementsDuring(server, async () => {
        const refused = await logIn(whose, codeOf(secret), { password: 'a wrong one' })
        work.push(refused.text)
        expect(problemOf(refused)).toBe('401 unauthenticated')
      })
    }
    expect(work[0]).toBe(work[1])
    // A code is asked of nobody who has no second factor.
    expect((await logIn(other, '123456')).status).toBe(200)
  })

  test('stores recovery codes as hashes alone', async () => {
    const { rows } = await sql<{ row: string }>`
      select cast(to_json(r) as text) as row from recovery_codes r where user_id = ${user.id}`.execute(
      server.db,
    )
    expect(rows.length).toBeGreaterThan(0)
    for (const { row } of rows) {
      for (const code of recoveryCodes) expect(row).not.toContain(code.replaceAll('-', ''))
      for (const code of recoveryCodes) expect(row).not.toContain(code)
    }
  })
})

describe('[A8] wrong codes', () => {
  test('are limited apart from passwords, and lock nobody out of a network that the account knows', async () => {
    await using limited = await startTestServer({
      limits: { codesPerAccount: { count: 3, seconds: 3_600 } },
      trustProxy: true,
    })
    const user = await limited.register()
    const home = { from: '2001:db8:0:7::1', at: limited }
    const { secret } = await turnOn(limited, user)
    expect((await logIn(user, codeOf(secret), home)).status).toBe(200)
    await forgetUse(limited, user)

    // Who does not know the password cannot use the limit up.
    for (let n = 0; n < 5; n++) {
      const guess = { password: 'a guess', from: '6.6.6.1', at: limited }
      expect(problemOf(await logIn(user, wrongCodeOf(secret), guess))).toBe('401 unauthenticated')
    }
    // Who knows it has as many guesses as one network, from however many.
    const guesses = []
    for (let n = 0; n < 4; n++) {
      const elsewhere = { from: `7.7.7.${n}`, at: limited }
      guesses.push(problemOf(await logIn(user, wrongCodeOf(secret), elsewhere)))
    }
    expect(guesses).toEqual([needed, needed, needed, '429 rate_limited'])
    // A right one is not taken from them either; at home it is, and costs nothing.
    const right = await logIn(user, codeOf(secret), { from: '7.7.7.9', at: limited })
    expect(problemOf(right)).toBe('429 rate_limited')
    expect(Number(right.headers.get('Retry-After'))).toBeGreaterThan(600)
    for (let n = 0; n < 5; n++) {
      await forgetUse(limited, user)
      expect((await logIn(user, codeOf(secret), home)).status).toBe(200)
    }
    for (let n = 0; n < 3; n++) {
      expect(problemOf(await logIn(user, wrongCodeOf(secret), home))).toBe(needed)
    }
    expect(problemOf(await logIn(user, wrongCodeOf(secret), home))).toBe('429 rate_limited')
  })

  test('are codes of no step but the present one and those beside it (RFC 6238)', () => {
    const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
    // The test value of the RFC for 59 s, without its first two digits.
    expect(stepOfCode(secret, '287082', 59_000)).toBe(1)
    expect(stepOfCode(secret, '287082', 89_000)).toBe(1)
    expect(stepOfCode(secret, '287082', 90_000)).toBeUndefined()
    expect(stepOfCode(secret, '287082', 0)).toBe(1)
  })
})

describe('[A8] a second factor that is on', () => {
  test('is turned off with the password, and its recovery codes are void then', async () => {
    const user = await server.register()
    const { recoveryCodes } = await turnOn(server, user)
    const wrong = await user.delete(path, { password: 'a wrong one' })
    expect(problemOf(wrong)).toBe('403 forbidden')
    expect(problemOf(await logIn(user))).toBe(needed)
    expect((await user.delete(path, { password: testPassword })).status).toBe(204)
    expect((await user.delete(path, { password: testPassword })).status).toBe(204)
    expect((await logIn(user)).status).toBe(200)
    await turnOn(server, user)
    expect(problemOf(await logIn(user, recoveryCodes[0]))).toBe(needed)
  })

  test('gets new recovery codes with the password, in place of those before', async () => {
    const user = await server.register()
    const renew = async (password: string) =>
      await user.post(`${path}recovery-codes/`, { password })
    expect(problemOf(await renew(testPassword))).toBe('409 conflict')
    const { recoveryCodes } = await turnOn(server, user)
    expect(problemOf(await renew('a wrong one'))).toBe('403 forbidden')
    const { recovery_codes } = await ok(renew(testPassword))
    expect(recovery_codes).toHaveLength(10)
    expect((await ok(user.get(path))).recovery_codes_left).toBe(10)
    expect(problemOf(await logIn(user, recoveryCodes[0]))).toBe(needed)
    expect((await logIn(user, recovery_codes[0])).status).toBe(200)
  })
})
