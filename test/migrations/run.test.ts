/** Runners of migrations that run at once, are killed, or fail. Each migration is applied once and completely. */
import { describe, expect, test } from 'vitest'
import {
  type Migration,
  MigrationError,
  migrateToLatest,
  migrations,
  type Schema,
} from '../../migrations/index.ts'
import { isUnavailable } from '../../src/core/database/unavailable.ts'
import { startDataApi } from '../support/data-api.ts'
import { createEmptyDatabase, inEncoding } from '../support/empty-database.ts'
import { gated, schemaOf, small } from './lists.ts'
import {
  closeGate,
  type Driver,
  openGate,
  openRunner,
  startKillable,
  tablesOf,
  untilGated,
} from './runner.ts'

const names = small.map(({ name }) => name)

describe.each<Driver>(['pg', 'data-api'])('over %s', (driver) => {
  test("[6] the project's migrations apply to an empty database, each once with two concurrent runners", async () => {
    await using database = await createEmptyDatabase()
    await using one = await openRunner(driver, database.connection)
    await using two = await openRunner(driver, database.connection)
    const applied = await Promise.all([migrateToLatest(one.db), migrateToLatest(two.db)])
    expect(applied.flat().toSorted()).toEqual([...migrations.map(({ name }) => name), 'functions'])
    expect(await migrateToLatest(one.db)).toEqual([])
  })

  test('a runner waits for another one in the middle of a migration', async () => {
    await using database = await createEmptyDatabase()
    await using one = await openRunner(driver, database.connection)
    await using two = await openRunner(driver, database.connection)
    await closeGate(database)
    const first = migrateToLatest(one.db, { schema: schemaOf(gated) })
    await untilGated(database)
    const waiting = Promise.withResolvers<void>()
    const second = migrateToLatest(two.db, { schema: schemaOf(small), onWait: waiting.resolve })
    await waiting.promise
    await openGate(database)
    expect([...(await first), ...(await second)].toSorted()).toEqual(names)
    expect(await tablesOf(database)).toEqual(['schema_functions', 'schema_migrations', 'two'])
    expect(await database.query('select n from two')).toHaveLength(1)
  })

  test('a killed runner leaves nothing of its migration, and the next one continues', async () => {
    await using database = await createEmptyDatabase()
    await using api = await startDataApi({ ...database, limits: { idleMs: 200 } })
    await closeGate(database)
    const killed = startKillable(driver, database.connection, api.url)
    await untilGated(database)
    await killed.kill()
    await openGate(database)
    await using next = await openRunner(driver, database.connection)
    expect(await migrateToLatest(next.db, { schema: schemaOf(small) })).toEqual(['2', '3'])
    expect(await database.query('select n from two')).toHaveLength(1)
  })

  test('a failed migration leaves those before it, and nothing of itself, and continues when it is corrected', async () => {
    await using database = await createEmptyDatabase()
    await using runner = await openRunner(driver, database.connection)
    const broken = { name: '2', statements: ['create table two (n bigint)', 'drop table three'] }
    const error: unknown = await migrateToLatest(runner.db, {
      schema: schemaOf([small[0]!, broken, small[2]!]),
    }).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(MigrationError)
    expect(error).toMatchObject({
      message: expect.stringMatching(/^the migration 2 failed: .*table "three" does not exist/),
      cause: { code: '42P01' },
    })
    expect(isUnavailable(error)).toBe(false)
    expect(await tablesOf(database)).toEqual(['one', 'schema_migrations'])
    expect(await migrateToLatest(runner.db, { schema: schemaOf(small) })).toEqual(['2', '3'])
  })

  test.each(['SQL_ASCII', 'LATIN1'])(
    'a database with the encoding %s is refused before any change',
    async (encoding) => {
      await using database = await createEmptyDatabase(inEncoding(encoding))
      await using runner = await openRunner(driver, database.connection)
      await expect(migrateToLatest(runner.db)).rejects.toThrow(
        `this database has the encoding ${encoding}: give one with UTF8 (createdb --encoding UTF8 --template template0 <name>)`,
      )
      expect(await tablesOf(database)).toEqual([])
    },
  )

  test('a release that is older than the schema does not change it', async () => {
    await using database = await createEmptyDatabase()
    await using runner = await openRunner(driver, database.connection)
    await migrateToLatest(runner.db, { schema: schemaOf(small) })
    expect(await migrateToLatest(runner.db, { schema: schemaOf(small.slice(0, 1)) })).toEqual([])
    expect(await tablesOf(database)).toEqual(['schema_functions', 'schema_migrations', 'two'])
  })
})

const one = (n: number) =>
  `create or replace function one_v1() returns bigint language sql as $$ select ${n}::bigint $$`
const two =
  'create or replace function two_v1() returns bigint language sql as $$ select 2::bigint $$'

async function startWithFunctions() {
  const database = await createEmptyDatabase()
  const runner = await openRunner('pg', database.connection)
  return {
    database,
    migrate: (schema: Schema) => migrateToLatest(runner.db, { schema }),
    answer: async () => (await database.query<{ n: string }>('select one_v1() as n'))[0]!.n,
    async [Symbol.asyncDispose]() {
      await runner[Symbol.asyncDispose]()
      await database[Symbol.asyncDispose]()
    },
  }
}

describe('functions', () => {
  test('are made again when their text has changed, and only then', async () => {
    await using started = await startWithFunctions()
    const { database, migrate, answer } = started
    expect(await migrate({ migrations: small, functions: [one(1), two] })).toEqual([
      ...names,
      'functions',
    ])
    const made = () =>
      database.query(
        `select proname, xmin from pg_proc where proname in ('one_v1', 'two_v1') order by 1`,
      )
    const [, unchanged] = await made()
    expect(await migrate({ migrations: small, functions: [one(7), two] })).toEqual(['functions'])
    expect(await answer()).toBe('7')
    expect((await made())[1]).toEqual(unchanged)
    expect(await migrate({ migrations: small, functions: [one(7), two] })).toEqual([])
  })

  test('are applied together with the last migration, or not at all', async () => {
    await using started = await startWithFunctions()
    const { migrate, answer } = started
    await migrate({ migrations: small.slice(0, 1), functions: [one(1)] })
    const broken =
      'create or replace function two_v1() returns bigint language sql as $$ select none $$'
    await expect(migrate({ migrations: small, functions: [one(7), broken] })).rejects.toThrow(
      /^the migration functions failed: .*column "none" does not exist/,
    )
    expect(await answer()).toBe('1')
    expect(await migrate({ migrations: small, functions: [one(7), two] })).toEqual([
      '3',
      'functions',
    ])
    expect(await answer()).toBe('7')
  })

  test('of a later release stay when its schema is newer', async () => {
    await using started = await startWithFunctions()
    const { migrate, answer } = started
    await migrate({ migrations: small, functions: [one(7)] })
    expect(await migrate({ migrations: small.slice(0, 1), functions: [one(1)] })).toEqual([])
    expect(await answer()).toBe('7')
  })
})

async function startEarlier(...earlier: string[]) {
  const database = await createEmptyDatabase()
  const runner = await openRunner('pg', database.connection)
  const [tables] = migrations
  await migrateToLatest(runner.db, { schema: { migrations: [tables!], functions: [] } })
  await database.query('delete from schema_migrations')
  await database.query(
    `insert into schema_migrations (name) values ${earlier.map((name) => `('${name}')`).join(', ')}`,
  )
  return {
    database,
    migrate: () => migrateToLatest(runner.db),
    async [Symbol.asyncDispose]() {
      await runner[Symbol.asyncDispose]()
      await database[Symbol.asyncDispose]()
    },
  }
}

describe('a database from before the first release', () => {
  test('is adopted when it has all fifteen migrations', async () => {
    await using old = await startEarlier('0001-chat', '0007-accounts', '0015-admin')
    await old.database.query(
      `insert into users (username, password_hash) values ('ana', 'the hash')`,
    )
    expect(await old.migrate()).toEqual([
      ...migrations.slice(1).map(({ name }) => name),
      'functions',
    ])
    expect(await old.database.query('select name from schema_migrations order by 1')).toEqual(
      migrations.map(({ name }) => ({ name })),
    )
    expect(await old.database.query('select username from users')).toEqual([{ username: 'ana' }])
  })

  test('is refused when it has only some of them', async () => {
    await using old = await startEarlier('0001-chat', '0007-accounts')
    await expect(old.migrate()).rejects.toThrow(
      'this database is of an unfinished version from before the first release: start with an empty one, or delete the data directory',
    )
  })
})

describe('a statement that takes longer than the Data API waits for', () => {
  const statementMs = 100

  // The runner waits before it asks again. So these tests run at once.
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
    const migrating = migrateToLatest(runner.db, { schema: schemaOf(list) })
    return {
      database,
      /** Opens the gate when the runner has asked about the statement, and the statement was not over. */
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

  test.concurrent('[3.4] continues, and the runner waits for it', async () => {
    await using long = await start(gated)
    expect(await long.finish()).toEqual(names)
    expect(await tablesOf(long.database)).toEqual(['schema_functions', 'schema_migrations', 'two'])
  })

  test.concurrent('[3.4] undoes its migration when it fails', async () => {
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
