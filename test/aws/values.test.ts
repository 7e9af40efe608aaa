/** Through the Data API values go in and come out as over `pg`: src/core does not know which it has. */
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Db } from '../../src/core/database/database.ts'
import { createPgDatabase } from '../../src/local/postgres/database.ts'
import { type Rehearsal, startRehearsal } from './rehearsal.ts'

let rehearsal: Rehearsal
let pg: Db
beforeAll(async () => {
  rehearsal = await startRehearsal()
  pg = createPgDatabase(rehearsal.database.connection)
})
afterAll(async () => {
  await pg.destroy()
  await rehearsal[Symbol.asyncDispose]()
})

async function read(db: Db, expression: string): Promise<unknown> {
  const { rows } = await sql<{ v: unknown }>`select ${sql.raw(expression)} as v`.execute(db)
  return rows[0]!.v
}

describe('3.4 types: what comes out is what pg gives', () => {
  test.each<[string, unknown]>([
    ['null::bigint', null],
    ['0::bigint', 0],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    ['-9007199254740991', Number.MIN_SAFE_INTEGER],
    ['9223372036854775807', 2 ** 63],
    ['7::int', 7],
    ['count(*)', 1],
    ['false', false],
    ['true', true],
    ['0.1::float8', 0.1],
    ['1.50::numeric', '1.50'],
    ['sum(1::bigint)', '1'],
    [`''`, ''],
    [`'🍵 "x"'`, '🍵 "x"'],
    [`timestamptz '2026-01-02 03:04:05.678+05:30'`, new Date('2026-01-01T21:34:05.678Z')],
    [`timestamptz '2026-07-02 03:04:05Z'`, new Date('2026-07-02T03:04:05.000Z')],
    [`timestamptz '2026-01-02 03:04:05.678901Z'`, new Date('2026-01-02T03:04:05.678Z')],
    [`timestamptz '-infinity'`, -Infinity],
    [`timestamptz 'infinity'`, Infinity],
    [`'{"a": [1, null]}'::jsonb`, { a: [1, null] }],
    [`'"text"'::json`, 'text'],
    [`'\\x00ff'::bytea`, Buffer.from([0, 255])],
    [`array['a', null]`, ['a', null]],
    [`time '03:04:05'`, '03:04:05'],
    [`'00000000-0000-4000-8000-000000000000'::uuid`, '00000000-0000-4000-8000-000000000000'],
  ])('[3.4] %s', async (expression, expected) => {
    expect(await read(rehearsal.db, expression)).toEqual(expected)
    expect(await read(pg, expression)).toEqual(expected)
  })
})

const add = (username: string) => ({ username, password_hash: 'x' })

async function echo(db: Db, value: unknown, type: string): Promise<unknown> {
  const { rows } = await sql<{
    v: unknown
  }>`select cast(${value} as ${sql.raw(type)}) as v`.execute(db)
  return rows[0]!.v
}

describe('3.4 types: what goes in is what pg is given', () => {
  test.each<[string, unknown]>([
    ['bigint', 0],
    ['bigint', -1],
    ['bigint', Number.MAX_SAFE_INTEGER],
    ['float8', 0.1],
    ['float8', 1e300],
    ['boolean', true],
    ['boolean', false],
    ['text', ''],
    ['text', `it's :0 and $1 \\ "x"`],
    ['text', '🍵'],
    ['bigint', null],
    ['timestamptz', null],
    ['bytea', Buffer.from([0, 255])],
  ])('[3.4] as %s: %j', async (type, value) => {
    expect(await echo(rehearsal.db, value, type)).toEqual(value)
    expect(await echo(pg, value, type)).toEqual(value)
  })

  test('[3.4] a bigint is a long when it is one', async () => {
    expect(await echo(rehearsal.db, 9007199254740991n, 'bigint')).toBe(Number.MAX_SAFE_INTEGER)
  })

  test.each<[string, unknown]>([
    ['undefined', undefined],
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['a bigint beyond 2^53', 9007199254740993n],
    ['a Date', new Date()],
    ['an array', [1, 2]],
    ['an object', { a: 1 }],
    ['a wrapper of kysely-data-api', { value: { longValue: 0 } }],
  ])('[6] refuses %s, before it is sent', async (_what, value) => {
    const before = rehearsal.calls.length
    await expect(echo(rehearsal.db, value, 'text')).rejects.toThrow(
      'the Data API takes no such parameter',
    )
    expect(rehearsal.calls).toHaveLength(before)
  })
})

test('[3.4] rows of the tables come out the same: ids, times, booleans, nulls', async () => {
  const { db } = rehearsal
  const { id } = await db
    .insertInto('users')
    .values({ username: 'ana', password_hash: 'x' })
    .returning('id')
    .executeTakeFirstOrThrow()
  const select = (from: Db) => from.selectFrom('users').where('id', '=', id).selectAll().execute()
  const rows = await select(db)
  expect(rows).toEqual(await select(pg))
  expect(rows).toMatchObject([
    { id: expect.any(Number), created_at: expect.any(Date), is_admin: false, email: null },
  ])
})

test('[6] counts what was changed, with and without rows', async () => {
  const { db } = rehearsal
  const [inserted] = await db
    .insertInto('users')
    .values([add('bo'), add('cy')])
    .execute()
  expect(inserted!.numInsertedOrUpdatedRows).toBe(2n)
  const bo = db.updateTable('users').set({ email: 'bo@example.org' }).where('username', '=', 'bo')
  expect((await bo.executeTakeFirst()).numUpdatedRows).toBe(1n)
  expect(await bo.returning('email').execute()).toEqual([{ email: 'bo@example.org' }])
  const gone = db.deleteFrom('users').where('username', 'in', ['bo', 'cy', 'nobody'])
  expect((await gone.executeTakeFirst()).numDeletedRows).toBe(2n)
  expect((await gone.executeTakeFirst()).numDeletedRows).toBe(0n)
})
