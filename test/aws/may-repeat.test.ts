import { Client } from 'pg'
import { describe, expect, test } from 'vitest'
import { mayRepeat, readingFunctions, repeatableFunctions } from '../../src/aws/may-repeat.ts'
import { createTestDatabase } from '../support/database.ts'

describe(mayRepeat, () => {
  test.each([
    'select 1 as one',
    '  select "id" from "users" where "id" = :0 for update',
    'with r as (select 1 as n) select n from r',
    'select * from send_messages_v1(:0, :1)',
    'select * from heads_v12(:0)',
    'select unread_v1(m.user_id, 1, 2, 3), recipients_v1(1) from memberships m',
    'select updated_at, is_deleted from inserted',
  ])('retries %s', (sql) => {
    expect(mayRepeat(sql)).toBe(true)
  })

  test.each([
    'insert into users (username) values (:0)',
    'update rooms set title = :0',
    'delete from rooms',
    'with gone as (delete from rooms returning id) select id from gone',
    'with made as (insert into rooms (title) values (:0) returning id) select id from made',
    'with set as (update rooms r set title = :0 returning id) select id from set',
    'select * from connect_v5(:0)',
    'select * from take_token_v1(:0, :1, :2)',
    'select unread_v1(1, 2, 3, 4), add_member_v2(1, 2)',
    'select * from made_tomorrow_v1(:0)',
    'create table a (b bigint)',
    '-- select\ninsert into a values (1)',
  ])('does not retry %s', (sql) => {
    expect(mayRepeat(sql)).toBe(false)
  })

  test('knows the functions of the database, and which of them only read', async () => {
    await using database = await createTestDatabase()
    const client = new Client(database.connection)
    await client.connect()
    const { rows } = await client.query<{ name: string; writes: boolean }>(
      `select regexp_replace(proname, '_v\\d+$', '') as name, bool_or(provolatile = 'v') as writes
         from pg_proc where proname ~ '_v\\d+$' group by 1`,
    )
    await client.end()
    const reading = rows.filter(({ writes }) => !writes).map(({ name }) => name)
    expect(reading).toEqual(expect.arrayContaining([...readingFunctions]))
    expect(rows.map(({ name }) => name)).toEqual(expect.arrayContaining([...repeatableFunctions]))
  })
})
