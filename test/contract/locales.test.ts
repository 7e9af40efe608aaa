/** Upper and lower case mean the same, whatever the locale of the database is. */
import { Kysely, PostgresDialect } from 'kysely'
import { Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { scramVerifier } from '../../functions/jobs/scram-verifier.ts'
import { ensureAppRole } from '../../migrations/app-role.ts'
import { migrateToLatest } from '../../migrations/index.ts'
import { listUsersForAdmin } from '../../src/core/admin/users.ts'
import { findLocaleFolding } from '../support/case-checker.ts'
import { startTestServer, type TestServer } from '../support/chat-server.ts'
import { createEmptyDatabase, type EmptyDatabase } from '../support/empty-database.ts'
import { appRole } from '../support/template-database.ts'
import { testPassword, type TestUser } from '../support/test-user.ts'
import { fieldOf, ok, problemOf, walk } from '../support/answers.ts'
import { openSocket } from '../support/open-socket.ts'
import { openDatabase } from '../support/watch-database.ts'

async function migrate({ connection }: EmptyDatabase): Promise<void> {
  const pool = new Pool({ ...connection, max: 1 })
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
  await migrateToLatest(db)
  const { user: name, password } = appRole
  await ensureAppRole(db, { name, passwordVerifier: scramVerifier(password) })
  await db.destroy()
}

describe.each([
  // Where lower('I') is 'ı', and upper('i') is 'İ'.
  ['Turkish', `locale_provider icu icu_locale 'tr'`, 'ı'],
  // Where lower('Ł') is 'Ł'.
  ['none', `locale_provider libc locale 'C'`, 'i'],
])('in a database whose locale is %s', (_name, options, lowerOfI) => {
  let database: EmptyDatabase
  let server: TestServer
  let iris: TestUser
  let other: TestUser
  beforeAll(async () => {
    database = await createEmptyDatabase(options)
    await migrate(database)
    server = await startTestServer({ database })
    iris = await server.register('IRIS')
    other = await server.register('other')
    await ok(iris.patch('/api/users/me/', { display_name: 'Işıl ŁUCJA' }))
  })
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
    await database[Symbol.asyncDispose]()
  })

  test('which is what the test believes', async () => {
    expect(await database.query(`select lower('I') as lower`)).toEqual([{ lower: lowerOfI }])
  })

  test('no index and no function takes case by it', async () => {
    const texts = await database.query<{ name: string; text: string }>(
      `select indexname as name, indexdef as text from pg_indexes where schemaname = 'public'
        union all
       select p.proname, p.prosrc from pg_proc p join pg_language l on l.oid = p.prolang
        where p.pronamespace = 'public'::regnamespace and l.lanname in ('sql', 'plpgsql')`,
    )
    expect(texts.length).toBeGreaterThan(50)
    expect(texts.map(({ name, text }) => [name, findLocaleFolding(text)])).toEqual(
      texts.map(({ name }) => [name, []]),
    )
  })

  test.each(['iris', 'IRIS', 'Iris'])('[A1, A2] the username %s is IRIS', async (username) => {
    const account = { username, password: testPassword, email: 'a@example.org' }
    expect(problemOf(await server.call('POST', '/api/register/', account))).toBe('409 conflict')
    const login = await server.call('POST', '/api/login/', account)
    expect(login.body).toMatchObject({ user: { username: 'IRIS' } })
    const { title } = await ok(other.post('/api/direct/', { username }))
    expect(title).toBe('Işıl ŁUCJA')
  })

  test.each(['iri', 'IRI', 'iş', 'IŞIL ł', 'ışıl łucja', 'İŞİL'])(
    '[A5] the search for users finds IRIS by %s',
    async (search) => {
      const pages = await walk(other, `/api/users/?search=${encodeURIComponent(search)}`)
      expect(fieldOf(pages, 'username')).toEqual(['IRIS'])
    },
  )

  test.each(['iris', 'IRIS', 'işıl ł', 'IŞIL', 'IRIS@EXAMPLE', 'iris@'])(
    'the search of admins finds IRIS by %s',
    async (search) => {
      const request = { path: '', query: {}, limit: 10, cursor: undefined }
      const { results } = await listUsersForAdmin(server.db, search, request)
      expect(results.map(({ username }) => username)).toEqual(['IRIS'])
    },
  )

  test('[A5] an email address in other letters stays proved, one with other letters not', async () => {
    await using client = await openDatabase(server)
    const { id } = iris
    const isProved = async (email: string) => {
      await client.execute(
        `update users set email = 'IRIS@example.org', email_verified_at = now() where id = $1`,
        [id],
      )
      await ok(iris.patch('/api/users/me/', { email }))
      const [row] = await client.execute(
        'select email_verified_at is not null as is_proved from users where id = $1',
        [id],
      )
      return row!['is_proved']
    }
    expect(await isProved('iris@EXAMPLE.org')).toBe(true)
    expect(await isProved('eris@example.org')).toBe(false)
    // It is one person's.
    const again = client.execute(
      `insert into users (username, email, email_verified_at, password_hash)
        values ('first', 'ILL@example.org', now(), ''), ('second', 'ill@example.org', now(), '')`,
    )
    await expect(again).rejects.toThrow('users_verified_email')
  })

  test.each(['iris_room', 'IRIS_ROOM'])(
    '[R1, W1] the room’s name %s is IRIS_room',
    async (name) => {
      const made = await iris.post('/api/rooms/', { title: 'IŞIL ŁÓDŹ', name: 'IRIS_room' })
      expect([201, 409]).toContain(made.status)
      expect(problemOf(await other.post('/api/rooms/', { title: 'x', name }))).toBe('409 conflict')
      await using socket = await openSocket(other, `/ws/chat/${name}/`)
      const { rooms } = await socket.ask({ action: 'hello' })
      expect(rooms).toHaveLength(1)
      for (const search of [name, 'ışıl', 'il łódź', 'IL ŁÓ']) {
        const pages = await walk(other, `/api/rooms/?search=${encodeURIComponent(search)}`)
        expect(fieldOf(pages, 'name')).toContain('IRIS_room')
      }
      // By the name of the other one.
      for (const search of ['iris', 'IŞIL', 'łucja']) {
        const path = `/api/rooms/?member=true&search=${encodeURIComponent(search)}`
        expect(fieldOf(await walk(other, path), 'kind')).toContain('direct')
      }
    },
  )

  test('[N1, M7] a mention and a search find in any case', async () => {
    const room = await iris.createRoom({ title: 'Any', kind: 'private' })
    await ok(iris.put(`/api/rooms/${room.id}/members/OTHER/`))
    for (const name of ['iris', 'IRIS', 'Iris']) {
      await ok(other.send(room.id, `@${name} WRITING ŁÓDŹ`))
    }
    expect((await ok(iris.get('/api/notifications/'))).unread).toBe(3)
    // Another text that mentions her yet takes none back.
    const { results } = await ok(other.get(`/api/messages/${room.id}/`))
    const path = `/api/messages/${room.id}/${results.at(-1).seq}/`
    await ok(other.patch(path, { message: '@iris WRITING ŁÓDŹ again' }))
    expect((await ok(iris.get('/api/notifications/'))).unread).toBe(3)
    for (const word of ['writing', 'WRITING', 'łódź', 'ŁÓDŹ']) {
      const found = await ok(iris.get(`/api/search/?q=${encodeURIComponent(word)}`))
      expect(found.results).toHaveLength(3)
    }
  })
})
