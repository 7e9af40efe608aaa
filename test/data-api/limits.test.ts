import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { address, startDataApi, type TestDataApi } from '../support/data-api.ts'

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

const rows = (count: number, bytes: number) =>
  api.execute(`select repeat('x', ${bytes}) as v from generate_series(1, ${count})`)

const formatted = (count: number) =>
  api.execute(`select repeat('x', 60000) as v from generate_series(1, ${count})`, [], {
    formatRecordsAs: 'JSON',
  })

const sized = (bytes: number) =>
  api.execute('select length(:v) as n', [{ name: 'v', value: { stringValue: 'x'.repeat(bytes) } }])

describe('3.4 limits', () => {
  test('[3.4] row size: 64 KB passes, more does not', async () => {
    expect((await rows(1, 64 * 1024)).records).toHaveLength(1)
    await expect(rows(1, 64 * 1024 + 1)).rejects.toMatchObject({
      name: 'DatabaseErrorException',
      message: 'Packet for query is too large',
    })
  })

  test('[3.4] response size: 1 MiB ends the call', async () => {
    expect((await rows(10, 60_000)).records).toHaveLength(10)
    await expect(rows(20, 60_000)).rejects.toMatchObject({
      name: 'DatabaseErrorException',
      message: 'Database returned more than the allowed response size limit',
    })
  })

  test('[3.4] response size: a transaction whose answer was too large is gone', async () => {
    const sdk = api.client()
    const { transactionId } = await sdk.beginTransaction(address)
    const sql = `select repeat('x', 60000) as v from generate_series(1, 20)`
    await expect(sdk.executeStatement({ ...address, transactionId, sql })).rejects.toThrow('size')
    await expect(sdk.commitTransaction({ ...address, transactionId })).rejects.toMatchObject({
      name: 'TransactionNotFoundException',
    })
  })

  test('[3.4] JSON-formatted result: 10 MB', async () => {
    expect((await formatted(40)).formattedRecords).toHaveLength(40 * 60_008 + 41)
    await expect(formatted(180)).rejects.toThrow('response size limit')
  })

  test('[3.4] request size: 4 MiB', async () => {
    expect((await sized(4_000_000)).records).toEqual([[{ longValue: 4_000_000 }]])
    await expect(sized(4 * 1024 * 1024)).rejects.toMatchObject({ name: 'ValidationException' })
  })

  test('[6] a statement of more than 65,536 characters is refused', async () => {
    const sql = `select 1 as one`.padEnd(65_536)
    expect((await api.execute(sql)).records).toEqual([[{ longValue: 1 }]])
    await expect(api.execute(`${sql} `)).rejects.toMatchObject({ name: 'ValidationException' })
  })

  test('[3.4] statement timeout: stopped after 45 s, with the connection that it had', async () => {
    await using quick = await startDataApi({ ...database, limits: { statementMs: 100 } })
    await quick.execute('create table slow (n bigint)')
    const insert = 'insert into slow select 1 from pg_sleep(60)'
    await expect(quick.execute(insert)).rejects.toMatchObject({
      name: 'StatementTimeoutException',
      dbConnectionId: expect.any(Number),
    })
    // It is told at once, and stopped in a moment.
    const running = `select 1 as one from pg_stat_activity where state = 'active' and query like 'insert into slow%'`
    await expect.poll(async () => (await api.execute(running)).records).toEqual([])
    const { transactionId } = await quick.client().beginTransaction(address)
    await expect(
      quick.execute(insert, [], { transactionId: transactionId! }),
    ).rejects.toMatchObject({ name: 'StatementTimeoutException' })
    await expect(
      quick.execute('select 1 as one', [], { transactionId: transactionId! }),
    ).rejects.toMatchObject({ name: 'TransactionNotFoundException' })
  })

  test('[3.4] statement timeout: with continueAfterTimeout it runs on', async () => {
    await using quick = await startDataApi({ ...database, limits: { statementMs: 50 } })
    await api.execute('create table patient (n bigint)')
    await expect(
      quick.execute('insert into patient select 1 from pg_sleep(0.3)', [], {
        continueAfterTimeout: true,
      }),
    ).rejects.toMatchObject({ name: 'StatementTimeoutException' })
    await expect
      .poll(async () => (await api.execute('select n from patient')).records)
      .toEqual([[{ longValue: 1 }]])
  })

  test('[3.4] statement timeout: a transaction that runs on takes no other call until it ends', async () => {
    await using quick = await startDataApi({ ...database, limits: { statementMs: 50 } })
    await api.execute('create table patient_too (n bigint)')
    const sdk = quick.client()
    const { transactionId } = await sdk.beginTransaction(address)
    const sql = 'insert into patient_too select 1 from pg_sleep(0.3)'
    await expect(
      sdk.executeStatement({ ...address, sql, transactionId, continueAfterTimeout: true }),
    ).rejects.toMatchObject({ name: 'StatementTimeoutException' })
    await expect(sdk.commitTransaction({ ...address, transactionId })).rejects.toThrow(
      'Transaction is still running a query',
    )
    await expect
      .poll(() =>
        sdk.commitTransaction({ ...address, transactionId }).then(
          () => 'committed',
          (error: Error) => error.message,
        ),
      )
      .toBe('committed')
    expect((await api.execute('select n from patient_too')).records).toEqual([[{ longValue: 1 }]])
  })
})
