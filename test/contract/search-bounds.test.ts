/** [M7] The bounds on one search, on one user's searches, and on all searches together. */
import { sql } from 'kysely'
import { describe, expect, test, vi } from 'vitest'
import { startTestServer, type TestServer } from '../support/chat-server.ts'
import { createTestDatabase } from '../support/database.ts'
import type { Answer } from '../support/api-client.ts'
import type { TestUser } from '../support/test-user.ts'
import { ok, problemOf } from '../support/answers.ts'
import { openDatabase } from '../support/watch-database.ts'

/** How many searches of a user may wait beside the one that runs. */
const waiting = 3
/** How many searches of all users run at once. */
const atOnce = 4

const patience = { timeout: 15_000 }

/** Keeps all searches from finishing, until it is disposed of. */
async function holdMessages(server: TestServer) {
  const [holder, looker] = [await openDatabase(server), await openDatabase(server)]
  await holder.execute('begin')
  await holder.execute('lock table messages in access exclusive mode')
  return {
    /** Returns how many searches run in the database. */
    async underWay(): Promise<number> {
      const [row] = await looker.execute(
        `select count(*)::int as count from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock' and query like '%find_messages%'`,
      )
      return Number(row!['count'])
    },
    async [Symbol.asyncDispose]() {
      await holder[Symbol.asyncDispose]()
      await looker[Symbol.asyncDispose]()
    },
  }
}

const search = (user: TestUser): Promise<Answer> => user.get('/api/search/?q=tea')

/** Resolves when this many searches were requested since. Each is charged first. */
async function areCharged(server: TestServer, from: number, count: number): Promise<void> {
  await vi.waitFor(() => {
    const charged = server.statements.slice(from).filter(({ sql }) => sql.includes('charge_caller'))
    if (charged.length < count) throw new Error(`${charged.length} of ${count} are charged`)
  }, patience)
}

describe('[M7] a search that takes too long', () => {
  test('[M7] is ended by the database with a hint, and its connection stays usable', async () => {
    await using server = await startTestServer({ poolSize: 1, limits: { searchMs: 1_000 } })
    const user = await server.register()
    const { id } = await user.createRoom()
    // The first search has to index the message, the second one only looks.
    for (const [prepare, hint, reason] of [
      [
        () => user.send(id, 'tea'),
        'many new messages have to be indexed before this search: try again in 2 s',
        'indexing',
      ],
      [
        () => search(user),
        'this search takes more than 1 s: search in one room, or for fewer, longer or rarer words',
        undefined,
      ],
    ] as const) {
      await ok(prepare())
      await using _ = await holdMessages(server)
      const answer = await search(user)
      expect(problemOf(answer)).toBe('503 unavailable')
      expect(answer.headers.get('retry-after')).toBe('2')
      expect([answer.body.detail, answer.body.reason]).toEqual([hint, reason])
    }
    const { rows } = await sql<{ timeout: string }>`
      select current_setting('statement_timeout') as timeout`.execute(server.db)
    expect(rows[0]!.timeout).not.toBe('1s')
    expect((await ok(search(user))).results).toHaveLength(1)
  })
})

describe('[R1] a search for rooms', () => {
  test('[R1] is ended by the database when it takes too long, with a hint', async () => {
    await using server = await startTestServer({ limits: { searchMs: 500 } })
    const user = await server.register()
    await user.createRoom()
    {
      await using holder = await openDatabase(server)
      await holder.execute('begin')
      await holder.execute('lock table rooms in access exclusive mode')
      const answer = await user.get('/api/rooms/?search=tea')
      expect(problemOf(answer)).toBe('503 unavailable')
      expect(answer.body.detail).toBe(
        'this search takes more than 0.5 s: search for a longer part of the title, or only in your own rooms with member=true',
      )
    }
    await ok(user.get('/api/rooms/?search=tea'))
  })

  test('[R1] waits for its user’s other searches, a few at most', async () => {
    await using server = await startTestServer()
    const user = await server.register()
    const answers: Promise<Answer>[] = []
    {
      await using _ = await holdMessages(server)
      const refused: Answer[] = []
      for (let n = 0; n < waiting + 2; n++) {
        const answer = n === 0 ? search(user) : user.get('/api/rooms/?search=tea')
        answers.push(answer)
        void answer.then((each) => each.status === 429 && refused.push(each))
      }
      await vi.waitFor(() => expect(refused).toHaveLength(1), patience)
    }
    const statuses = (await Promise.all(answers)).map(({ status }) => status)
    expect(statuses.toSorted()).toEqual([...Array(waiting + 1).fill(200), 429])
  })
})

describe('[M7] one user', () => {
  test('[M7] has one search at a time: a few wait outside of the database, and more are refused', async () => {
    await using server = await startTestServer()
    const user = await server.register()
    const answers: Promise<Answer>[] = []
    {
      await using held = await holdMessages(server)
      const refused: Answer[] = []
      for (let n = 0; n < waiting + 3; n++) {
        const answer = search(user)
        answers.push(answer)
        void answer.then((each) => each.status === 429 && refused.push(each))
      }
      await vi.waitFor(() => expect(refused).toHaveLength(2), patience)
      expect(problemOf(refused[0]!)).toBe('429 rate_limited')
      expect(refused[0]!.headers.get('retry-after')).toBe('1')
      await vi.waitFor(async () => expect(await held.underWay()).toBe(1), patience)
      await ok(user.get('/api/users/me/'))
      expect(await held.underWay()).toBe(1)
    }
    const statuses = (await Promise.all(answers)).map(({ status }) => status)
    expect(statuses.toSorted()).toEqual([...Array(waiting + 1).fill(200), 429, 429])
  })

  test('[M7] has one search at a time over all processes', async () => {
    await using database = await createTestDatabase()
    await using server = await startTestServer({ database })
    await using other = await startTestServer({ database })
    const [user, somebody] = [await server.register(), await server.register()]
    let first: Promise<Answer>
    let somebodys: Promise<Answer>
    {
      await using held = await holdMessages(server)
      first = search(user)
      await vi.waitFor(async () => expect(await held.underWay()).toBe(1), patience)
      const second = await search(user.at(other))
      expect(problemOf(second)).toBe('429 rate_limited')
      expect(second.headers.get('retry-after')).toBe('1')
      expect(second.body.detail).toBe('another search of yours is running: try again in 1 s')
      somebodys = search(somebody.at(other))
      await vi.waitFor(async () => expect(await held.underWay()).toBe(2), patience)
    }
    await ok(first)
    await ok(somebodys)
    await ok(search(user.at(other)))
  })
})

test('[M7] leaves connections for everything else, with the searches of all users', async () => {
  await using server = await startTestServer({ poolSize: atOnce + 1 })
  const users = []
  for (let n = 0; n < 2 * atOnce; n++) users.push(await server.register())
  let answers: Promise<Answer>[]
  {
    await using held = await holdMessages(server)
    const from = server.statements.length
    answers = users.map(search)
    await areCharged(server, from, users.length)
    await vi.waitFor(async () => expect(await held.underWay()).toBe(atOnce), patience)
    for (const user of users) await ok(user.get('/api/users/me/'))
    expect(await held.underWay()).toBe(atOnce)
  }
  for (const answer of answers) await ok(answer)
})
