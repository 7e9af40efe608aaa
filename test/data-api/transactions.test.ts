import type { RDSData } from '@aws-sdk/client-rds-data'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { address, startDataApi, type TestDataApi } from '../support/data-api.ts'

let database: TestDatabase
let api: TestDataApi
let sdk: RDSData
beforeAll(async () => {
  database = await createTestDatabase()
  api = await startDataApi(database)
  sdk = api.client()
  await api.execute('create table numbers (n bigint unique)')
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

async function begin(by = sdk): Promise<string> {
  const { transactionId } = await by.beginTransaction(address)
  return transactionId!
}

async function has(n: number): Promise<boolean> {
  const { records } = await api.execute(`select 1 as one from numbers where n = ${n}`)
  return records!.length === 1
}

const insert = (n: number, transactionId: string, by = api) =>
  by.execute(`insert into numbers values (${n})`, [], { transactionId })

/** Returns how many transactions have changed a row and not ended. */
const locks = async () => {
  const { records } = await api.execute(
    `select 1 as one from pg_locks where relation = 'numbers'::regclass and mode = 'RowExclusiveLock'`,
  )
  return records!.length
}

describe('6 transactions', () => {
  test('[6] begin, execute, commit: others see the result after the commit', async () => {
    const transactionId = await begin()
    await insert(1, transactionId)
    expect(await has(1)).toBe(false)
    expect(await sdk.commitTransaction({ ...address, transactionId })).toMatchObject({
      transactionStatus: 'Transaction Committed',
    })
    expect(await has(1)).toBe(true)
  })

  test('[6] rollback undoes', async () => {
    const transactionId = await begin()
    await insert(2, transactionId)
    expect(await sdk.rollbackTransaction({ ...address, transactionId })).toMatchObject({
      transactionStatus: 'Rollback Complete',
    })
    expect(await has(2)).toBe(false)
  })

  test('[6] after an SQL error the transaction is gone', async () => {
    const transactionId = await begin()
    await insert(3, transactionId)
    await expect(insert(3, transactionId)).rejects.toThrow('SQLState: 23505')
    for (const call of [
      insert(4, transactionId),
      sdk.commitTransaction({ ...address, transactionId }),
      sdk.rollbackTransaction({ ...address, transactionId }),
    ]) {
      await expect(call).rejects.toMatchObject({
        name: 'TransactionNotFoundException',
        message: `Transaction ${transactionId} is not found. Transaction has been aborted due to an error from a previous call.`,
      })
    }
    expect(await has(3)).toBe(false)
  })

  test('[6] an ended or unknown transaction is not found', async () => {
    const transactionId = await begin()
    await sdk.commitTransaction({ ...address, transactionId })
    await expect(sdk.commitTransaction({ ...address, transactionId })).rejects.toThrow(
      'One previous call resulted in a termination of your transaction.',
    )
    await expect(insert(5, 'never')).rejects.toThrow('Transaction may be expired.')
  })

  test('[3.4] parallel statements in one transaction: Transaction is still running a query', async () => {
    const transactionId = await begin()
    const slow = api.execute('select 1 as one from pg_sleep(60)', [], { transactionId })
    const settled = slow.catch((error: unknown) => error)
    const sleeping = `from pg_stat_activity where query like '%pg_sleep(60)' and state = 'active'`
    await expect
      .poll(async () => (await api.execute(`select 1 as one ${sleeping}`)).records)
      .toHaveLength(1)
    for (const call of [
      insert(6, transactionId),
      sdk.commitTransaction({ ...address, transactionId }),
      sdk.rollbackTransaction({ ...address, transactionId }),
    ]) {
      await expect(call).rejects.toMatchObject({
        name: 'DatabaseErrorException',
        message: 'Transaction is still running a query',
      })
    }
    await api.execute(`select pg_cancel_backend(pid) as done ${sleeping}`)
    expect(await settled).toMatchObject({ name: 'DatabaseErrorException' })
    expect(await has(6)).toBe(false)
  })

  test('[3.4] a transaction is rolled back when no call comes for 3 minutes', async () => {
    await using quick = await startDataApi({ ...database, limits: { idleMs: 50 } })
    const transactionId = await begin(quick.client())
    await insert(7, transactionId, quick)
    await expect.poll(locks).toBe(0)
    await expect(insert(8, transactionId, quick)).rejects.toThrow('Transaction may be expired.')
    expect(await has(7)).toBe(false)
  })

  test('[3.4] a transaction is rolled back after 24 hours, even when it is used', async () => {
    await using quick = await startDataApi({ ...database, limits: { totalMs: 200 } })
    const transactionId = await begin(quick.client())
    await expect
      .poll(async () => {
        try {
          await quick.execute('select 1 as one', [], { transactionId })
          return undefined
        } catch (error) {
          return error
        }
      })
      .toMatchObject({ name: 'TransactionNotFoundException' })
  })

  test.each(['begin', 'START TRANSACTION', ' commit', 'rollback', 'end', 'abort'])(
    '[6] %s is refused: transactions have operations of their own',
    async (sql) => {
      await expect(api.execute(sql)).rejects.toMatchObject({ name: 'ValidationException' })
    },
  )

  test('[3.4] there is no session: no state survives a call', async () => {
    await api.execute(`set application_name = 'kept'`)
    await api.execute('select pg_advisory_lock(1)::text as locked')
    await api.execute('create temp table kept (n bigint)')
    await api.execute('listen kept')
    await api.execute('declare kept cursor with hold for select 1 as one')
    await expect
      .poll(async () => {
        const { records } = await api.execute(
          `select (select count(*) from pg_locks where locktype = 'advisory')
                + (select count(*) from pg_class where relname = 'kept')
                + (select count(*) from pg_listening_channels())
                + (select count(*) from pg_cursors where name = 'kept')
                + case current_setting('application_name') when 'kept' then 1 else 0 end as n`,
        )
        return records
      })
      .toEqual([[{ longValue: 0 }]])
  })

  test('[3.4] pg_advisory_xact_lock is held until the transaction ends', async () => {
    const transactionId = await begin()
    await api.execute('select 1 as one from pg_advisory_xact_lock(7)', [], { transactionId })
    const taken = await api.execute('select pg_try_advisory_xact_lock(7) as got')
    expect(taken.records).toEqual([[{ booleanValue: false }]])
    await sdk.commitTransaction({ ...address, transactionId })
    const free = await api.execute('select pg_try_advisory_xact_lock(7) as got')
    expect(free.records).toEqual([[{ booleanValue: true }]])
  })
})
