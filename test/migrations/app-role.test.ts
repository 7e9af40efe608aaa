/** What the role of the handlers may and may not do. test/contract shows that the chat needs no more. */
import { randomBytes } from 'node:crypto'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { scramVerifier } from '../../functions/jobs/scram-verifier.ts'
import { ensureAppRole } from '../../migrations/app-role.ts'
import { migrateToLatest, migrations } from '../../migrations/index.ts'
import { execute } from '../support/database.ts'
import { createEmptyDatabase } from '../support/empty-database.ts'
import { schemaOf } from './lists.ts'
import { type Driver, openRunner } from './runner.ts'

async function start(driver: Driver = 'pg') {
  const database = await createEmptyDatabase()
  const runner = await openRunner(driver, database.connection)
  const name = `app_${randomBytes(8).toString('hex')}`
  return {
    database,
    db: runner.db,
    name,
    ensure: (password: string) =>
      ensureAppRole(runner.db, { name, passwordVerifier: scramVerifier(password) }),
    /** Executes one statement as the role. Returns the SQLSTATE of its error. */
    async as(password: string, sql = 'select 1'): Promise<string | undefined> {
      const client = new Client({ ...database.connection, user: name, password })
      try {
        await client.connect()
        await client.query(sql)
        return undefined
      } catch (error) {
        return error instanceof Error && 'code' in error ? String(error.code) : String(error)
      } finally {
        await client.end()
      }
    },
    async [Symbol.asyncDispose]() {
      await runner[Symbol.asyncDispose]()
      await database[Symbol.asyncDispose]()
      // Roles belong to the server, not to the database.
      await execute(inject('postgres'), `drop role ${name}`)
    },
  }
}

const insufficientPrivilege = '42501'
const invalidPassword = '28P01'

describe('the role of the handlers', () => {
  test.each<Driver>(['pg', 'data-api'])(
    'is made by an owner who is not a superuser, and gets the password of each deploy: over %s',
    async (driver) => {
      await using app = await start(driver)
      await migrateToLatest(app.db)
      await app.ensure('the first one')
      expect(await app.as('the first one')).toBeUndefined()
      await app.ensure('the first one')
      await app.ensure(`another one: 'quoted' $$ \\ :x`)
      expect(await app.as('the first one')).toBe(invalidPassword)
      expect(await app.as(`another one: 'quoted' $$ \\ :x`)).toBeUndefined()
      const roles = await app.database.query(
        `select rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls
           from pg_roles where rolname = '${app.name}'`,
      )
      expect(Object.values(roles[0] ?? {})).toEqual([false, false, false, false, false])
    },
  )

  test('reads and writes the rows of every table except those of the migrations, and only adds to the audit log', async () => {
    await using app = await start()
    await migrateToLatest(app.db)
    await app.ensure('one')
    const tables = await app.database.query<{ name: string }>(
      `select tablename as name from pg_tables where schemaname = 'public'`,
    )
    expect(tables.length).toBeGreaterThan(10)
    for (const { name } of tables) {
      const expected = name.startsWith('schema_') ? insufficientPrivilege : undefined
      expect(await app.as('one', `select from ${name}`), `select from ${name}`).toBe(expected)
      expect(await app.as('one', `delete from ${name}`), `delete from ${name}`).toBe(
        name === 'audit_log' ? insufficientPrivilege : expected,
      )
    }
    expect(
      await app.as('one', `insert into users (username, password_hash) values ('ada', '')`),
    ).toBeUndefined()
    expect(await app.as('one', `update users set bio = 'hello'`)).toBeUndefined()
    expect(await app.as('one', `insert into audit_log (action) values ('notice')`)).toBeUndefined()
    expect(await app.as('one', `update audit_log set reason = 'nothing'`)).toBe(
      insufficientPrivilege,
    )
    expect(await app.as('one', `truncate audit_log`)).toBe(insufficientPrivilege)
  })

  test('may use what later migrations make, from the beginning', async () => {
    await using app = await start()
    await migrateToLatest(app.db)
    await app.ensure('one')
    const later = {
      name: '9999-later',
      statements: [
        'create table later (n bigint)',
        'create sequence later_numbers',
        `create function later_v1() returns bigint language sql as $$
          insert into later values (nextval('later_numbers')) returning n $$`,
        'revoke execute on function later_v1() from public',
      ],
    }
    await migrateToLatest(app.db, { schema: schemaOf([...migrations, later]) })
    expect(await app.as('one', 'select later_v1()')).toBeUndefined()
    expect(await app.as('one', 'select n from later')).toBeUndefined()
  })
})

describe('the role of the handlers may not', () => {
  let app: Awaited<ReturnType<typeof start>>
  beforeAll(async () => {
    app = await start()
    await migrateToLatest(app.db)
    await app.database.query('create schema private')
    await app.ensure('one')
  })
  afterAll(async () => {
    await app[Symbol.asyncDispose]()
  })

  test.each([
    'create table mine (n bigint)',
    'create temporary table mine (n bigint)',
    'create table private.mine (n bigint)',
    'create schema mine',
    'create function mine() returns bigint language sql as $$ select 1::bigint $$',
    `create or replace function tokens_left_v1(timestamptz, bigint, bigint)
      returns bigint language sql as $$ select 1::bigint $$`,
    'create index mine on users (bio)',
    'create role mine',
    'create extension hstore',
    'alter table users add column mine text',
    'alter table users disable trigger all',
    'alter role quick_connect password null',
    'drop table reactions',
    'drop function tokens_left_v1(timestamptz, bigint, bigint)',
    'truncate reactions',
    'select from schema_migrations',
    'select from schema_functions',
    `insert into schema_migrations (name) values ('mine')`,
    'delete from schema_migrations',
    'set role quick_connect',
    `copy users to program 'cat'`,
  ])('%s', async (sql) => {
    expect(await app.as('one', sql)).toBe(insufficientPrivilege)
  })
})

describe(scramVerifier, () => {
  test('gives the result of the example of RFC 7677', () => {
    // User "user", password "pencil". PostgreSQL makes the same verifier for this salt.
    const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64')
    expect(scramVerifier('pencil', salt)).toBe(
      'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
    )
  })

  test('refuses what SASLprep may change, and does not repeat it', () => {
    expect(() => scramVerifier('pässword')).toThrow('has to be printable ASCII')
    expect(() => scramVerifier('pässword')).not.toThrow('pässword')
    expect(() => scramVerifier('')).toThrow('has to be printable ASCII')
  })
})
