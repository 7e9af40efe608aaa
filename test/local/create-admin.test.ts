/** The script as an operator runs it, over the database of this machine. */
import { describe, expect, test } from 'vitest'
import { makeAdmin } from '../support/admin-browser.ts'
import { startTestServer, type TestServer } from '../support/chat-server.ts'
import { runCommand, startCommand } from '../support/command.ts'
import { createEmptyDatabase } from '../support/empty-database.ts'
import type { TestDatabase } from '../support/database.ts'
import { turnOn } from '../support/second-factor.ts'
import { makeTempDir } from '../support/temp-dir.ts'
import { testPassword } from '../support/test-user.ts'

const password = 'a long enough secret'
const ada = ['--username', 'ada', '--email', 'ada@example.org']

function envOf({ connection }: TestDatabase) {
  const { host, user, password: secret, database } = connection
  return {
    POSTGRES_HOST: host,
    POSTGRES_USER: user,
    POSTGRES_PASSWORD: secret,
    POSTGRES_DB: database,
  }
}

async function run(server: TestServer, args: readonly string[], input = `${password}\n`) {
  return await runCommand('create-admin.sh', args, envOf(server.database), input)
}

async function logIn(server: TestServer, username: string, secret = password): Promise<unknown> {
  const answer = await server.call('POST', '/api/login/', { username, password: secret })
  return answer.status === 200 ? answer.body : answer.status
}

describe('scripts/create-admin.sh', () => {
  test('makes an admin who can log in', async () => {
    await using server = await startTestServer({ driver: 'pg' })
    expect(await run(server, ada)).toMatchObject({
      code: 0,
      stdout: [expect.stringMatching(/^using database /), 'the admin account ada is created'],
      stderr: [],
    })
    expect(await logIn(server, 'ada')).toMatchObject({ user: { username: 'ada', is_admin: true } })
    expect(await run(server, ['--username', 'ADA'])).toMatchObject({
      code: 0,
      stdout: [expect.anything(), 'ada is an admin already'],
    })
  })

  test('changes an existing account only on request, and keeps its password', async () => {
    await using server = await startTestServer({ driver: 'pg' })
    const user = await server.register('bo')
    expect(await run(server, ['--username', 'bo', '--email', 'bo@example.org'])).toMatchObject({
      code: 1,
      stderr: [
        'the username bo is taken: give another, or --existing to make that account an admin',
      ],
    })
    expect(await run(server, ['--username', 'Bo', '--existing'])).toMatchObject({
      code: 0,
      stdout: [expect.anything(), 'bo is an admin now'],
    })
    expect(await logIn(server, 'bo')).toBe(401)
    expect((await user.get('/api/users/me/')).body).toMatchObject({ is_admin: true })
  })

  test('[A8] turns off the second factor of an admin who has lost phone and codes, and of nobody else', async () => {
    await using server = await startTestServer({ driver: 'pg' })
    const user = await server.register('bo')
    await turnOn(server, user)
    const reset = ['--username', 'bo', '--reset-second-factor']
    expect(await run(server, reset)).toMatchObject({
      code: 1,
      stderr: ['bo is not an admin: give the username of an admin'],
    })
    expect(await logIn(server, 'bo', testPassword)).toBe(401)
    await makeAdmin(server, user)
    expect(await run(server, reset)).toMatchObject({
      code: 0,
      stdout: [expect.anything(), expect.stringMatching(/^bo now signs in with only the password/)],
    })
    expect(await logIn(server, 'bo', testPassword)).toMatchObject({ user: { username: 'bo' } })
    const audited = server.db.selectFrom('audit_log').select(['action', 'actor_id', 'subject_id'])
    expect(await audited.execute()).toEqual([
      { action: 'remove_second_factor', actor_id: null, subject_id: user.id },
    ])
  })

  test('has the same rules for a password as registering', async () => {
    await using server = await startTestServer({ driver: 'pg' })
    expect(await run(server, ada, 'password1\n')).toMatchObject({
      code: 1,
      stderr: ['password is one of the most common passwords: choose another'],
    })
  })

  test.each([
    [['--password', 'secret'], /^unknown option '--password': see --help$/],
    [['ada'], /^unexpected argument 'ada'/],
    [
      ['--stage', 'prod', '--data-dir', '.data'],
      /^--data-dir is for this machine, and --stage for AWS/,
    ],
    [['--stage', 'a/b'], /^--stage is 'a\/b': give the name of a stage/],
  ])('refuses the options %s', async (args, told) => {
    expect(await runCommand('create-admin.sh', args)).toMatchObject({
      code: 2,
      stdout: [],
      stderr: [expect.stringMatching(told)],
    })
  })

  test('says that the database is not migrated', async () => {
    await using database = await createEmptyDatabase()
    expect(await runCommand('create-admin.sh', ada, envOf(database), password)).toMatchObject({
      code: 1,
      stderr: ['the database is not migrated: run ./scripts/migrate.sh'],
    })
  })

  // This makes a cluster and starts it.
  test(
    'works beside a server on the embedded database, and so does migrate.sh',
    { timeout: 90_000 },
    async () => {
      await using dir = await makeTempDir()
      const args = ['--data-dir', dir.path]
      await using server = startCommand('run.sh', ['--port', '0', '--admin-port', '0', ...args])
      const [, url] = await server.line(/^Quick Connect is on (http:\/\/localhost:\d+)$/)
      expect(await runCommand('create-admin.sh', [...ada, ...args], {}, password)).toEqual({
        code: 0,
        stdout: [
          'using the database of the server that is running',
          'the admin account ada is created',
        ],
        stderr: [],
      })
      const answer = await fetch(`${url}/api/login/`, {
        method: 'POST',
        body: JSON.stringify({ username: 'ada', password }),
      })
      expect(await answer.json()).toMatchObject({ user: { is_admin: true } })
      expect(await runCommand('migrate.sh', args)).toEqual({
        code: 0,
        stdout: ['using the database of the server that is running', 'schema up to date'],
        stderr: [],
      })
    },
  )
})
