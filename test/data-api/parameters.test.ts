import type { Field, TypeHint } from '@aws-sdk/client-rds-data'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { numberParameters } from '../../src/emulators/data-api/named-parameters.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { startDataApi, type TestDataApi } from '../support/data-api.ts'

let database: TestDatabase
let api: TestDataApi
beforeAll(async () => {
  database = await createTestDatabase()
  api = await startDataApi(database)
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

/** The type that PostgreSQL sees in a parameter, and its text. */
async function seen(value: Field, typeHint?: TypeHint): Promise<unknown[]> {
  const { records } = await api.execute('select pg_typeof(:v)::text as type, :v::text as text', [
    { name: 'v', value, ...(typeHint && { typeHint }) },
  ])
  return records![0]!.map((field) => field.stringValue ?? null)
}

describe('3.4 types: parameters', () => {
  test.each<[Field, string, string]>([
    [{ booleanValue: true }, 'boolean', 'true'],
    [{ booleanValue: false }, 'boolean', 'false'],
    [{ longValue: 0 }, 'bigint', '0'],
    [{ longValue: Number.MAX_SAFE_INTEGER }, 'bigint', '9007199254740991'],
    [{ doubleValue: 0.1 }, 'double precision', '0.1'],
    [{ doubleValue: 3 }, 'double precision', '3'],
    [{ stringValue: '' }, 'text', ''],
    [{ stringValue: "it's :v and \\ 🍵" }, 'text', "it's :v and \\ 🍵"],
    [{ blobValue: new Uint8Array([0, 255]) }, 'bytea', '\\x00ff'],
  ])('[3.4] parameter value kinds: %j is %s', async (value, type, text) => {
    expect(await seen(value)).toEqual([type, text])
  })

  test('[3.4] parameter value kinds: isNull is null of whatever type is wanted', async () => {
    const { records } = await api.execute('select cast(:v as timestamptz) is null as missing', [
      { name: 'v', value: { isNull: true } },
    ])
    expect(records).toEqual([[{ booleanValue: true }]])
  })

  test('[3.4] array parameters are not supported: ValidationException', async () => {
    await expect(
      api.execute('select 1 as one where 1 = any(:ids)', [
        { name: 'ids', value: { arrayValue: { longValues: [1] } } },
      ]),
    ).rejects.toMatchObject({
      name: 'ValidationException',
      message: 'Array parameters are not supported.',
    })
  })

  test.each<[TypeHint, string, string]>([
    ['DATE', '2026-01-02', 'date'],
    ['DECIMAL', '12345678901234567890.123', 'numeric'],
    ['JSON', '{"a":1}', 'json'],
    ['TIME', '03:04:05.678', 'time without time zone'],
    ['TIMESTAMP', '2026-01-02 03:04:05.678', 'timestamp without time zone'],
    ['UUID', '00000000-0000-4000-8000-000000000000', 'uuid'],
  ])('[3.4] typeHint %s makes a string of its type', async (hint, text, type) => {
    expect(await seen({ stringValue: text }, hint)).toEqual([type, text])
  })

  test.each<[TypeHint, string]>([
    ['DATE', '02.01.2026'],
    ['TIME', '03:04'],
    ['TIMESTAMP', '2026-01-02T03:04:05.678Z'],
    ['TIMESTAMP', '2026-01-02 03:04:05.678901'],
  ])('[3.4] formats: %s refuses %s', async (hint, text) => {
    await expect(seen({ stringValue: text }, hint)).rejects.toMatchObject({
      name: 'ValidationException',
    })
  })

  test('[3.4] anything else arrives as text, and PostgreSQL does not cast it', async () => {
    const id = { name: 'id', value: { stringValue: '00000000-0000-4000-8000-000000000000' } }
    await expect(
      api.execute('select 1 as one where gen_random_uuid() = :id', [id]),
    ).rejects.toMatchObject({
      name: 'DatabaseErrorException',
      message: expect.stringMatching(
        /^ERROR: operator does not exist: uuid = text\n.*; SQLState: 42883$/s,
      ),
    })
    const cast = await api.execute('select 1 as one where gen_random_uuid() <> :id::uuid', [id])
    expect(cast.records).toEqual([[{ longValue: 1 }]])
  })

  test('[3.4] text for a jsonb or timestamptz column needs a cast', async () => {
    await api.execute('create table casts (data jsonb, at timestamptz)')
    for (const column of ['data', 'at']) {
      await expect(
        api.execute(`insert into casts (${column}) values (:v)`, [
          { name: 'v', value: { stringValue: 'null' } },
        ]),
      ).rejects.toThrow('SQLState: 42804')
    }
    await api.execute('insert into casts (data, at) values (cast(:d as jsonb), :a::timestamptz)', [
      { name: 'd', value: { stringValue: '{}' } },
      { name: 'a', value: { stringValue: '2026-01-01' } },
    ])
  })

  test('[3.4] a parameter that is missing, unknown, twice there or of no kind is refused', async () => {
    const one = { name: 'a', value: { longValue: 1 } }
    for (const parameters of [
      [],
      [one, { name: 'b', value: { longValue: 2 } }],
      [one, one],
      [{ name: 'a', value: {} as Field }],
    ]) {
      await expect(api.execute('select :a as a', parameters)).rejects.toMatchObject({
        name: 'ValidationException',
      })
    }
  })
})

describe(numberParameters, () => {
  test.each([
    ['a name twice', 'select :a, :b, :a', 'select $1, $2, $1', ['a', 'b']],
    ['a number', 'select :0, :1', 'select $1, $2', ['0', '1']],
    ['a cast', 'select :a::text, x::int from x', 'select $1::text, x::int from x', ['a']],
    ['a literal', `select ':a', ':b''c :d', :e`, `select ':a', ':b''c :d', $1`, ['e']],
    ['an escape', `select E'\\' :a', :b`, `select E'\\' :a', $1`, ['b']],
    ['a quoted name', 'select ":a" :b', 'select ":a" $1', ['b']],
    ['a comment', 'select 1 -- :a\n /* :b */ :c', 'select 1 -- :a\n /* :b */ $1', ['c']],
    ['dollar quotes', 'do $x$ a :b $$ :c $x$ :d', 'do $x$ a :b $$ :c $x$ $1', ['d']],
    ['an assignment', 'do $$ v := :a; $$', 'do $$ v := :a; $$', []],
    ['a slice', 'select a[1:2]', 'select a[1:2]', []],
  ])('numbers the names beside %s', (_what, sql, numbered, names) => {
    expect(numberParameters(sql)).toEqual({ sql: numbered, names })
  })
})
