import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { createPgDatabase } from '../../src/local/postgres/database.ts'
import { preparingClient } from '../../src/local/postgres/preparing-client.ts'
import { isUnavailable } from '../../src/core/database/unavailable.ts'
import { createTestDatabase } from '../support/database.ts'

test('a statement whose rows a migration has changed fails once, and is prepared again', async () => {
  await using database = await createTestDatabase()
  await using db = createPgDatabase({ ...database.connection, max: 1 })
  await sql`create table changing (id bigint)`.execute(db)
  const read = async () => (await sql`select * from changing where id > ${0}`.execute(db)).rows
  for (let times = 0; times < 3; times++) expect(await read()).toEqual([])
  await sql`alter table changing add column name text default 'new'`.execute(db)
  await sql`insert into changing (id) values (1)`.execute(db)
  await expect(read()).rejects.toThrow('cached plan must not change result type')
  for (let times = 0; times < 3; times++) expect(await read()).toEqual([{ id: 1, name: 'new' }])
})

test('a repeated statement is prepared, once per connection, and at most 200 are', async () => {
  await using database = await createTestDatabase()
  await using db = createPgDatabase({ ...database.connection, max: 1 })
  const prepared = async () => {
    const { rows } = await sql<{ statement: string }>`
      select statement from pg_prepared_statements where statement like '%a number%'`.execute(db)
    return rows.map(({ statement }) => statement)
  }
  const ask = async (n: number) =>
    await sql`select cast(${n} as bigint) as ${sql.ref(`a number ${n % 300}`)}`.execute(db)

  await ask(1)
  expect(await prepared()).toEqual([])
  for (let times = 0; times < 3; times++) expect((await ask(1)).rows).toEqual([{ 'a number 1': 1 }])
  expect(await prepared()).toHaveLength(1)
  for (let n = 0; n < 900; n++) await ask(n)
  const count = (await prepared()).length
  expect(count).toBeGreaterThan(100)
  expect(count).toBeLessThanOrEqual(200)
})

test('a statement without an answer fails in time, and the next one gets another connection', async () => {
  await using database = await createTestDatabase()
  const Client = preparingClient(200)
  await using db = createPgDatabase({ ...database.connection, max: 1, Client })
  const pid = async () => {
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db)
    return rows[0]!.pid
  }
  const before = await pid()
  const error: unknown = await sql`select pg_sleep(5)`
    .execute(db)
    .catch((thrown: unknown) => thrown)
  expect(error).toHaveProperty('message', 'Query read timeout')
  expect(isUnavailable(error)).toBe(true)
  expect(await pid()).not.toBe(before)
})
