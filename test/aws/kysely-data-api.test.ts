/** What kysely-data-api 2.0.0 gets wrong, and src/aws puts right: a test for each, by its number in docs/data-api.md. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { isUnavailable } from '../../src/core/database/unavailable.ts'
import { isUniqueViolation } from '../../src/core/database/unique-violation.ts'
import { type Rehearsal, startRehearsal } from './rehearsal.ts'

let rehearsal: Rehearsal
beforeAll(async () => {
  rehearsal = await startRehearsal()
})
afterAll(async () => {
  await rehearsal[Symbol.asyncDispose]()
})

const add = (username: string) => ({ username, password_hash: 'x' })

async function names(): Promise<string[]> {
  const rows = await rehearsal.db.selectFrom('users').select('username').orderBy('id').execute()
  return rows.map(({ username }) => username)
}

const upsert = (email: string) =>
  rehearsal.db
    .insertInto('users')
    .values({ ...add('upserted'), email })
    .onConflict((conflict) =>
      conflict
        .expression(sql`lower(username collate "C")`)
        .where('deleted_at', 'is', null)
        .doUpdateSet({ email }),
    )
    .returning(['username', 'email'])
    .execute()

describe('6 kysely-data-api 2.0.0', () => {
  test('[6.1] it loads with the kysely that the project has, as an ES module', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--input-type=module',
      '--eval',
      `const { DataApiDialect } = await import('kysely-data-api'); console.log(DataApiDialect.name)`,
    ])
    expect(stdout.trim()).toBe('DataApiDialect')
  })

  test('[6.2] a transaction has the isolation level and the access mode that were asked for', async () => {
    const modes = await rehearsal.db
      .transaction()
      .setIsolationLevel('serializable')
      .setAccessMode('read only')
      .execute((trx) =>
        sql`select current_setting('transaction_isolation') as isolation,
                   current_setting('transaction_read_only') as read_only`.execute(trx),
      )
    expect(modes.rows).toEqual([{ isolation: 'serializable', read_only: 'on' }])
  })

  test('[6.2] a transaction whose mode is refused is rolled back', async () => {
    const before = rehearsal.calls.length
    await expect(
      rehearsal.db
        .transaction()
        .setIsolationLevel('snapshot')
        .execute((trx) => sql`select 1 as one`.execute(trx)),
    ).rejects.toMatchObject({ code: '42601' })
    expect(rehearsal.calls.slice(before).map(({ operation }) => operation)).toEqual([
      'BeginTransaction',
      'ExecuteStatement',
      'RollbackTransaction',
    ])
  })

  test('[6.3] an SQL error in a transaction is what is thrown, not that of its rollback', async () => {
    const failing = rehearsal.db.transaction().execute(async (trx) => {
      await trx.insertInto('users').values(add('lost')).execute()
      await trx.insertInto('users').values(add('LOST')).execute()
    })
    const error = await failing.catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: '23505',
      message: expect.stringContaining('users_username'),
    })
    expect(isUniqueViolation(error)).toBe(true)
    expect(await names()).not.toContain('lost')
  })

  test('[6.3] an error of the work itself rolls back, and is what is thrown', async () => {
    const failing = rehearsal.db.transaction().execute(async (trx) => {
      await trx.insertInto('users').values(add('given_up')).execute()
      throw new Error('changed my mind')
    })
    await expect(failing).rejects.toThrow('changed my mind')
    expect(await names()).not.toContain('given_up')
  })

  test('[6.4] a bigint is not sent as a double', async () => {
    const { rows } = await sql`select pg_typeof(${9007199254740991n})::text as type,
                                      ${9007199254740991n}::text as text`.execute(rehearsal.db)
    expect(rows).toEqual([{ type: 'bigint', text: '9007199254740991' }])
  })

  test('[6.5] false, 0 and the empty text go through', async () => {
    const { rows } = await sql`select ${false} as no, ${0} as zero, ${''} as empty,
                                      ${new Uint8Array([1])} as bytes`.execute(rehearsal.db)
    expect(rows).toEqual([{ no: false, zero: 0, empty: '', bytes: Buffer.from([1]) }])
  })

  test('[6.6] text that is meant as another type says so by an SQLSTATE, and a cast helps', async () => {
    const id = '00000000-0000-4000-8000-000000000000'
    await expect(
      sql`select 1 as one where gen_random_uuid() = ${id}`.execute(rehearsal.db),
    ).rejects.toMatchObject({ code: '42883' })
    const { rows } = await sql`select cast(${id} as uuid) = ${id}::uuid as same,
                                      cast(${'{"a":1}'} as jsonb) as data`.execute(rehearsal.db)
    expect(rows).toEqual([{ same: true, data: { a: 1 } }])
  })

  test('[6.7] a timestamp is read as UTC, whatever the zone of the process', async () => {
    vi.stubEnv('TZ', 'Europe/Berlin')
    try {
      expect(new Date('2026-01-01 12:00:00').toISOString()).toBe('2026-01-01T11:00:00.000Z')
      const { rows } = await sql`select timestamp '2026-01-01 12:00:00' as plain,
                                        timestamptz '2026-01-01 12:00:00Z' as zoned`.execute(
        rehearsal.db,
      )
      expect(rows).toEqual([
        { plain: new Date('2026-01-01T12:00:00Z'), zoned: new Date('2026-01-01T12:00:00Z') },
      ])
    } finally {
      vi.unstubAllEnvs()
    }
  })

  test('[6.8] savepoints and streams are refused, not ignored', async () => {
    const trx = await rehearsal.db.startTransaction().execute()
    await expect(trx.savepoint('here').execute()).rejects.toThrow('not supported by this driver')
    await trx.rollback().execute()
    const stream = rehearsal.db.selectFrom('users').selectAll().stream()
    await expect(stream.next()).rejects.toThrow('does not support streaming')
  })

  test('[6.8] errors of PostgreSQL have its SQLSTATE as code, and the SDK error as cause', async () => {
    await rehearsal.db.insertInto('users').values(add('twice')).execute()
    const error = await rehearsal.db
      .insertInto('users')
      .values(add('twice'))
      .execute()
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: '23505', cause: { name: 'DatabaseErrorException' } })
    expect(isUniqueViolation(error)).toBe(true)
    expect(isUnavailable(error)).toBe(false)
  })

  test('[6.9] statements of a transaction that are begun at once go one after another', async () => {
    await rehearsal.db.transaction().execute(async (trx) => {
      await Promise.all(
        ['p1', 'p2', 'p3'].map((name) => trx.insertInto('users').values(add(name)).execute()),
      )
    })
    expect(await names()).toEqual(expect.arrayContaining(['p1', 'p2', 'p3']))
  })

  test('[6.10] a connection that had a transaction has none after it', async () => {
    await rehearsal.db.connection().execute(async (db) => {
      await db.transaction().execute((trx) => trx.insertInto('users').values(add('q1')).execute())
      await db.insertInto('users').values(add('q2')).execute()
      await db
        .transaction()
        .execute(() => Promise.reject(new Error('rolled back')))
        .catch(() => undefined)
      await db.insertInto('users').values(add('q3')).execute()
    })
    expect(await names()).toEqual(expect.arrayContaining(['q1', 'q2', 'q3']))
  })

  test('[6] RETURNING and upserts work', async () => {
    for (const email of ['a@example.org', 'b@example.org']) {
      expect(await upsert(email)).toEqual([{ username: 'upserted', email }])
    }
  })

  test('[6] introspection, which reads "char" and name columns, is refused by the Data API', async () => {
    await expect(rehearsal.db.introspection.getTables()).rejects.toMatchObject({
      name: 'DataApiCallError',
    })
  })
})
