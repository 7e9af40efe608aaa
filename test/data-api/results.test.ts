import type { Field } from '@aws-sdk/client-rds-data'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { address, startDataApi, type TestDataApi } from '../support/data-api.ts'

let database: TestDatabase
let api: TestDataApi
beforeAll(async () => {
  database = await createTestDatabase()
  api = await startDataApi(database)
  await api.execute(`create type mood as enum ('good', 'bad')`)
  await api.execute(`create table things (id bigint generated always as identity, word text)`)
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

async function field(expression: string, options: object = {}): Promise<Field> {
  const { records } = await api.execute(`select ${expression} as v`, [], options)
  return records![0]![0]!
}

const set = (word: string) => [{ name: 'w', value: { stringValue: word } }]

describe('3.4 types: results', () => {
  test.each<[string, Field]>([
    ['null::text', { isNull: true }],
    ['false', { booleanValue: false }],
    ['1::smallint', { longValue: 1 }],
    ['2147483647', { longValue: 2147483647 }],
    ['9007199254740991', { longValue: 9007199254740991 }],
    ['0.5::real', { doubleValue: 0.5 }],
    ['0.1::float8', { doubleValue: 0.1 }],
    [`''`, { stringValue: '' }],
    [`'x'::varchar(3)`, { stringValue: 'x' }],
    [`'good'::mood`, { stringValue: 'good' }],
    [`'\\x00ff'::bytea`, { blobValue: new Uint8Array([0, 255]) }],
    [`date '2026-01-02'`, { stringValue: '2026-01-02' }],
    [`time '03:04:05'`, { stringValue: '03:04:05' }],
    [`timestamp '2026-01-02 03:04:05.678'`, { stringValue: '2026-01-02 03:04:05.678' }],
  ])('[3.4] %s is carried', async (expression, expected) => {
    expect(await field(expression)).toEqual(expected)
  })

  test('[3.4] timestamptz is always UTC, without a zone', async () => {
    expect(await field(`timestamptz '2026-01-02 03:04:05.678+05:30'`)).toEqual({
      stringValue: '2026-01-01 21:34:05.678',
    })
  })

  test('[3.4] numeric is a string unless decimalReturnType says otherwise', async () => {
    const resultSetOptions = { decimalReturnType: 'DOUBLE_OR_LONG' }
    expect(await field('1.50::numeric')).toEqual({ stringValue: '1.50' })
    expect(await field('1.50::numeric', { resultSetOptions })).toEqual({ doubleValue: 1.5 })
    expect(await field('2::numeric', { resultSetOptions })).toEqual({ longValue: 2 })
  })

  test('[3.4] bigint is a long that loses beyond 2^53, unless longReturnType is STRING', async () => {
    const biggest = '9223372036854775807'
    expect(await field(biggest)).toEqual({ longValue: Number(biggest) })
    expect(await field(biggest, { resultSetOptions: { longReturnType: 'STRING' } })).toEqual({
      stringValue: biggest,
    })
  })

  test.each([
    [`'{"a": 1}'::jsonb`, '{"a": 1}'],
    [`'{"a":1}'::json`, '{"a":1}'],
    [`'00000000-0000-4000-8000-000000000000'::uuid`, '00000000-0000-4000-8000-000000000000'],
    [`'127.0.0.1'::inet`, '127.0.0.1'],
  ])('[3.4] json, jsonb, uuid, inet: %s is a stringValue', async (expression, stringValue) => {
    expect(await field(expression)).toEqual({ stringValue })
  })

  test.each<[string, Field]>([
    [`array[1, null, 3]::bigint[]`, { arrayValue: { longValues: [1, null, 3] as number[] } }],
    [`array[true]`, { arrayValue: { booleanValues: [true] } }],
    [`array[0.5]::float8[]`, { arrayValue: { doubleValues: [0.5] } }],
    [`array['a,b', '"', '']`, { arrayValue: { stringValues: ['a,b', '"', ''] } }],
    [`'{}'::text[]`, { arrayValue: { stringValues: [] } }],
  ])('[3.4] arrays: %s is an arrayValue', async (expression, expected) => {
    expect(await field(expression)).toEqual(expected)
  })

  test('[3.4] arrays of more than one dimension are not supported', async () => {
    await expect(field('array[[1], [2]]')).rejects.toMatchObject({
      name: 'UnsupportedResultException',
    })
  })

  test.each([
    [`interval '1 second'`, 'INTERVAL'],
    [`'users'::regtype`, 'REGTYPE'],
    [`(select relkind from pg_class limit 1)`, 'CHAR'],
    [`row(1, 2)`, 'RECORD'],
    [`point '(1, 2)'`, 'POINT'],
    [`money '1'`, 'MONEY'],
    [`pg_sleep(0)`, 'VOID'],
  ])('[3.4] unsupported result type: %s', async (expression, type) => {
    await expect(field(expression)).rejects.toMatchObject({
      name: 'UnsupportedResultException',
      message: `The result contains the unsupported data type ${type}.`,
    })
  })

  test('[3.4] unsupported result type: name fails inside, and its text is carried', async () => {
    await expect(field('current_user')).rejects.toMatchObject({ name: 'InternalFailure' })
    expect(await field('current_user::text')).toEqual({ stringValue: expect.any(String) })
  })

  test('[3.4] formatRecordsAs JSON: SELECT only, plain JSON types, unique names', async () => {
    const json = { formatRecordsAs: 'JSON' } as const
    const result = await api.execute(
      `select 1 as long, 1.5 as number, null::text as nothing, true as yes, '"a"' as word,
              '{"a":1}'::jsonb as data, array[1, 2] as list`,
      [],
      json,
    )
    expect(result.records).toBeUndefined()
    expect(JSON.parse(result.formattedRecords!)).toEqual([
      {
        long: 1,
        number: 1.5,
        nothing: null,
        yes: true,
        word: '"a"',
        data: '{"a": 1}',
        list: [1, 2],
      },
    ])
    for (const sql of [
      'select 1 as a, 2 as a',
      `insert into things (word) values ('x') returning id`,
    ]) {
      await expect(api.execute(sql, [], json)).rejects.toMatchObject({
        name: 'ValidationException',
      })
    }
  })

  test('[6] columnMetadata comes when it is asked for', async () => {
    const sql = `select id, word as spoken, 1::numeric as n from things`
    expect((await api.execute(sql)).columnMetadata).toBeUndefined()
    const { columnMetadata } = await api.execute(sql, [], { includeResultMetadata: true })
    expect(columnMetadata).toMatchObject([
      {
        name: 'id',
        label: 'id',
        typeName: 'int8',
        tableName: 'things',
        nullable: 0,
        isAutoIncrement: true,
      },
      { label: 'spoken', typeName: 'text', type: 12, tableName: 'things', nullable: 1 },
      { label: 'n', typeName: 'numeric', tableName: '', nullable: 2 },
    ])
    await api.execute('alter table things rename to renamed')
    await api.execute('alter table renamed rename to things_again')
    const again = await api.execute('select word from things_again', [], {
      includeResultMetadata: true,
    })
    expect(again.columnMetadata).toMatchObject([{ tableName: 'things_again' }])
    await api.execute('alter table things_again rename to things')
  })

  test('[3.4] numberOfRecordsUpdated counts changes; generatedFields are empty, RETURNING gives records', async () => {
    const insert = `insert into things (word) values ('a'), ('b')`
    const plain = await api.execute(insert, [], { includeResultMetadata: true })
    expect(plain).toMatchObject({ numberOfRecordsUpdated: 2, generatedFields: [] })
    expect(plain.records).toBeUndefined()
    expect(plain.columnMetadata).toBeUndefined()
    const returning = await api.execute(`${insert} returning word`)
    expect(returning.records).toEqual([[{ stringValue: 'a' }], [{ stringValue: 'b' }]])
    expect((await api.execute('select 1 as one')).numberOfRecordsUpdated).toBe(0)
  })

  test('[3.4] batch: no row counts, each set of parameters applied, all or none', async () => {
    const sdk = api.client()
    const sql = `insert into things (word) values (:w)`
    const { updateResults } = await sdk.batchExecuteStatement({
      ...address,
      sql,
      parameterSets: [set('one of a batch'), set('two of a batch')],
    })
    expect(updateResults).toEqual([{ generatedFields: [] }, { generatedFields: [] }])
    await expect(
      sdk.batchExecuteStatement({
        ...address,
        sql: `insert into things (id, word) overriding system value values (:w::bigint, 'none')`,
        parameterSets: [set('1'), set('x')],
      }),
    ).rejects.toMatchObject({ name: 'DatabaseErrorException' })
    const count = `select count(*) as n from things where word like '% batch' or word = 'none'`
    expect((await api.execute(count)).records).toEqual([[{ longValue: 2 }]])
  })
})
