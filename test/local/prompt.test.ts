/** The questions at a terminal. */
import { sql } from 'kysely'
import { PassThrough, Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createPasswordHasher } from '../../src/core/accounts/password-hasher.ts'
import { makeAdminAccount } from '../../src/local/commands/admin-account.ts'
import { createPrompt, StoppedError } from '../../src/local/commands/prompt.ts'
import { startTestServer, type TestServer } from '../support/chat-server.ts'

const password = 'a long enough secret'
const passwords = createPasswordHasher(4)
const ada = { username: 'ada_lovelace', email: 'ada@example.org' }

/** Simulates a person who types each of `lines` at its question. Returns what they see. */
function sit(...lines: string[]) {
  const input = Object.assign(new PassThrough(), { isTTY: true as const })
  const shown: string[] = []
  const output = {
    write(chunk: string | Uint8Array) {
      const text = Buffer.from(chunk).toString()
      shown.push(text)
      if (/[:\]] $/.test(text)) setImmediate(() => input.write(lines.shift() ?? ''))
      return true
    },
  }
  return { prompt: createPrompt({ input, output }), shown }
}

describe('the questions', () => {
  test('ask for all missing values, and do not show the password', async () => {
    await using server = await startTestServer({ driver: 'pg' })
    const { prompt, shown } = sit('ada\r', 'ada@example.org\r', `${password}\r`, `${password}\r`)
    const options = { username: undefined, email: undefined, existing: false }
    expect(await makeAdminAccount(server.db, passwords, prompt, options)).toBe(
      'the admin account ada is created',
    )
    const text = shown.join('')
    for (const question of ['Username: ', 'Email address: ', 'Password: ', 'Password, again: ']) {
      expect(text).toContain(question)
    }
    expect(text).toContain('ada@example.org')
    expect(text).not.toContain(password)
    expect(text).not.toContain('secret')
    const login = await server.call('POST', '/api/login/', { username: 'ada', password })
    expect(login.body).toMatchObject({ user: { is_admin: true } })
  })

  test('ask whether an existing account is meant', async () => {
    await using server = await startTestServer({ driver: 'pg' })
    const user = await server.register('bo')
    const options = { username: 'bo', email: undefined, existing: false }
    const isAdmin = async () => (await user.get('/api/users/me/')).body
    await expect(makeAdminAccount(server.db, passwords, sit('\r').prompt, options)).rejects.toThrow(
      'bo was left as it is',
    )
    expect(await isAdmin()).toMatchObject({ is_admin: false })
    const { prompt, shown } = sit('y\r')
    expect(await makeAdminAccount(server.db, passwords, prompt, options)).toBe('bo is an admin now')
    expect(shown.join('')).toContain('bo has an account. Make it an admin? [y/N] ')
    expect(await isAdmin()).toMatchObject({ is_admin: true })
  })

  test('treat a password in two compositions as the same', async () => {
    const { prompt } = sit(`${'Åse går'.normalize('NFC')}\r`, `${'Åse går'.normalize('NFD')}\r`)
    expect((await prompt.readNewPassword()).normalize('NFC')).toBe('Åse går'.normalize('NFC'))
  })

  test('refuse two different passwords', async () => {
    const { prompt } = sit(`${password}\r`, 'another secret\r')
    await expect(prompt.readNewPassword()).rejects.toThrow('the two passwords differ')
  })

  test.each([
    ['Ctrl-C', '\x03'],
    ['Ctrl-C in a word', 'half a word\x03'],
    ['Ctrl-D', '\x04'],
  ])('end with %s', async (_key, typed) => {
    await expect(sit(typed).prompt.readNewPassword()).rejects.toThrow(StoppedError)
    await expect(sit(typed).prompt.ask('Username: ')).rejects.toThrow(StoppedError)
  })
})

test('leave a suspended account suspended', async () => {
  await using server = await startTestServer({ driver: 'pg' })
  await server.register('bo')
  await sql`update users set suspended_at = now()`.execute(server.db)
  const options = { username: 'bo', email: undefined, existing: true }
  await expect(makeAdminAccount(server.db, passwords, sit().prompt, options)).rejects.toThrow(
    'bo is suspended: give another username',
  )
})

describe('input from something other than a terminal', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer({ driver: 'pg' })
  })
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
  })

  test.each<[string, { username?: string; email?: string }, string, string]>([
    ['a short password', ada, 'short\n', 'password must be at least 8 characters long'],
    ['a name as password', ada, 'Ada_Lovelace\n', 'password must not be the username'],
    ['no password', ada, '', 'there is no password on standard input: give it as a line'],
    ['no username', {}, password, 'standard input is not a terminal: give --username'],
    ['no address', { username: 'bo' }, password, 'standard input is not a terminal: give --email'],
    [
      'a bad username',
      { username: 'a b' },
      password,
      'username must be 1 to 32 letters, digits or underscores',
    ],
    [
      'a bad address',
      { username: 'bo', email: 'here' },
      password,
      'email must be an email address',
    ],
  ])('is refused %s', async (_what, given, typed, told) => {
    const input = Object.assign(Readable.from([typed]), { isTTY: false })
    const prompt = createPrompt({ input, output: { write: () => true } })
    const options = { username: given.username, email: given.email, existing: false }
    await expect(makeAdminAccount(server.db, passwords, prompt, options)).rejects.toThrow(told)
  })
})
