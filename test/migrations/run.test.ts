/** Runners of migrations that meet, are killed, and fail: each migration is applied once, whole. */
import { describe, expect, test } from 'vitest'
import {
  type Migration,
  MigrationError,
  migrateToLatest,
  migrations,
} from '../../migrations/index.ts'
import { isUnavailable } from '../../src/core/unavailable.ts'
import { startDataApi } from '../data-api/support.ts'
import { createEmptyDatabase } from '../support/empty-database.ts'
import { gated, small } from './lists.ts'
import {
  closeGate,
  type Driver,
  openGate,
  openRunner,
  startKillable,
  tablesOf,
  untilGated,
} from './support.ts'

const names = small.map(({ name }) => name)

describe.each<Driver>(['pg', 'data-api'])('over %s', (driver) => {
  test("[6] the project's migrations go into an empty database, each once when two runners meet", async () => {
    await using database = await createEmptyDatabase()
    await using one = await openRunner(driver, database.connection)
    await using two = await openRunner(driver, database.connection)
    const applied = await Promise.all([migrateToLatest(one.db), migrateToLatest(two.db)])
    expect(applied.flat().toSorted()).toEqual(migrations.map(({ name }) => name))
    expect(await migrateToLatest(one.db)).toEqual([])
  })

  test('a runner waits for one that is in the middle of a migration', async () => {
    await using database = await createEmptyDatabase()
    await using one = await openRunner(driver, database.connection)
    await using two = await openRunner(driver, database.connection)
    await closeGate(database)
    const first = migrateToLatest(one.db, { list: gated })
    await untilGated(database)
    const waiting = Promise.withResolvers<void>()
    const second = migrateToLatest(two.db, { list: small, onWait: waiting.resolve })
    await waiting.promise
    await openGate(database)
    expect([...(await first), ...(await second)].toSorted()).toEqual(names)
    expect(await tablesOf(database)).toEqual(['schema_migrations', 'two'])
    expect(await database.query('select n from two')).toHaveLength(1)
  })

  test('one that is killed in the middle leaves nothing of it, and the next goes on', async () => {
    await using database = await createEmptyDatabase()
    await using api = await startDataApi({ ...database, limits: { idleMs: 200 } })
    await closeGate(database)
    const killed = startKillable(driver, database.connection, api.url)
    await untilGated(database)
    await killed.kill()
    await openGate(database)
    await using next = await openRunner(driver, database.connection)
    expect(await migrateToLatest(next.db, { list: small })).toEqual(['2', '3'])
    expect(await database.query('select n from two')).toHaveLength(1)
  })

  test('one that fails leaves those before it, and nothing of itself; mended, it goes on', async () => {
    await using database = await createEmptyDatabase()
    await using runner = await openRunner(driver, database.connection)
    const broken = { name: '2', statements: ['create table two (n bigint)', 'drop table three'] }
    const error: unknown = await migrateToLatest(runner.db, {
      list: [small[0]!, broken, small[2]!],
    }).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(MigrationError)
    expect(error).toMatchObject({
      message: expect.stringMatching(/^the migration 2 failed: .*table "three" does not exist/),
      cause: { code: '42P01' },
    })
    expect(isUnavailable(error)).toBe(false)
    expect(await tablesOf(database)).toEqual(['one', 'schema_migrations'])
    expect(await migrateToLatest(runner.db, { list: small })).toEqual(['2', '3'])
  })

  test('a release that is older than the schema leaves it alone', async () => {
    await using database = await createEmptyDatabase()
    await using runner = await openRunner(driver, database.connection)
    await migrateToLatest(runner.db, { list: small })
    expect(await migrateToLatest(runner.db, { list: small.slice(0, 1) })).toEqual([])
    expect(await tablesOf(database)).toEqual(['schema_migrations', 'two'])
  })
})

describe('a statement that takes longer than the Data API waits for', () => {
  const statementMs = 100

  async function start(list: readonly Migration[]) {
    const database = await createEmptyDatabase()
    const asked = Promise.withResolvers<void>()
    const runner = await openRunner('data-api', database.connection, {
      limits: { statementMs },
      log: ({ error }) => {
        if (error instanceof Error && /still running a query/.test(error.message)) asked.resolve()
      },
    })
    await closeGate(database)
    const migrating = migrateToLatest(runner.db, { list })
    return {
      database,
      /** Opens the gate when the statement was asked for, and not found to be over. */
      async finish() {
        await Promise.race([asked.promise, migrating])
        await openGate(database)
        return await migrating
      },
      async [Symbol.asyncDispose]() {
        await runner[Symbol.asyncDispose]()
        await database[Symbol.asyncDispose]()
      },
    }
  }

  test('[3.4] goes on, and is waited for', async () => {
    await using long = await start(gated)
    expect(await long.finish()).toEqual(names)
    expect(await tablesOf(long.database)).toEqual(['schema_migrations', 'two'])
  })

  test('[3.4] and fails, undoes its migration', async () => {
    const block = `do $$ begin perform pg_advisory_xact_lock(1); raise 'no'; end $$`
    await using long = await start([small[0]!, { name: '2', statements: [block] }])
    const error: unknown = await long.finish().catch((reason: unknown) => reason)
    expect(error).toMatchObject({
      message: 'the migration 2 failed: a long statement failed: the log of the database says why',
    })
    expect(isUnavailable(error)).toBe(false)
    expect(await long.database.query('select name from schema_migrations')).toEqual([{ name: '1' }])
  })
})
