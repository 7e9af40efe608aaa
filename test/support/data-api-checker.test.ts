import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkForDataApi } from './data-api-checker.ts'
import { createTestDatabase, type TestDatabase } from './database.ts'

const refused: [why: string, sql: string, parameters: unknown[]][] = [
  ['an array parameter', 'select 1 as one from users where id = any($1)', [[1, 2]]],
  ['a Date', 'select $1::timestamptz as at', [new Date()]],
  ['a bigint', 'select $1::bigint as id', [1n]],
  ['undefined', 'select $1::text as name', [undefined]],
  ['an object', 'select $1::jsonb as data', [{ a: 1 }]],
  [
    'text for a time, without a cast',
    'update users set suspended_at = $1',
    ['2026-01-01 00:00:00'],
  ],
  ['text for jsonb, without a cast', 'select jsonb_array_length($1) as length', ['[]']],
  ['a result that is void', 'select pg_sleep(0) as slept', []],
  ['a result of type name', 'select current_user as name', []],
  ['a result of type regclass', `select 'users'::regclass as name`, []],
  ['a result that is a record', 'select row(1, 2) as pair', []],
  ['a result of type "char"', 'select relkind from pg_class limit 1', []],
  ['a result of type interval', `select interval '1 second' as span`, []],
]

describe(checkForDataApi, () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await createTestDatabase()
  })
  afterAll(async () => {
    await database[Symbol.asyncDispose]()
  })

  it.each(refused)('refuses %s', async (_why, sql, parameters) => {
    await expect(checkForDataApi(database.connection, [{ sql, parameters }])).rejects.toThrow(
      'not fit for the Data API',
    )
  })

  it('passes casts, and null for anything', async () => {
    await checkForDataApi(database.connection, [
      { sql: 'begin', parameters: [] },
      {
        sql: 'update users set suspended_at = cast($1 as timestamptz)',
        parameters: ['2026-01-01'],
      },
      { sql: 'update users set suspended_at = $1 where id = $2', parameters: [null, 1] },
      { sql: 'select jsonb_array_length(cast($1 as jsonb)) as length', parameters: ['[]'] },
    ])
  })
})
