/** What is repeated, how long, and what a caller is told: by the wrapper alone, over a mocked SDK and a clock of its own. */
import {
  BeginTransactionCommand,
  CommitTransactionCommand,
  DatabaseErrorException,
  DatabaseResumingException,
  ExecuteStatementCommand,
  InternalServerErrorException,
  RDSData,
  RDSDataServiceException,
  RollbackTransactionCommand,
  TransactionNotFoundException,
} from '@aws-sdk/client-rds-data'
import { mockClient } from 'aws-sdk-client-mock'
import { describe, expect, test } from 'vitest'
import { createCarefulClient } from '../../src/aws/data-api-client.ts'
import { withDeadline } from '../../src/aws/deadline.ts'
import { withoutWaitingForResume } from '../../src/core/database/resuming.ts'
import { isUnavailable } from '../../src/core/database/unavailable.ts'

const address = { resourceArn: 'arn:cluster', secretArn: 'arn:secret' }
const read = { ...address, sql: 'select 1 as one' }
const write = { ...address, sql: 'insert into a values (1)' }

function start(resumeWaitMs?: number) {
  const client = new RDSData({ region: 'eu-central-1' })
  const sdk = mockClient(client)
  let now = 0
  let resumings = 0
  const clock = { now: () => now, sleep: async (ms: number) => void (now += ms) }
  const careful = createCarefulClient(client, {
    clock,
    onResuming: () => resumings++,
    resumeWaitMs,
  })
  return {
    careful,
    resumings: () => resumings,
    sdk,
    elapsed: () => now,
    pass: (ms: number) => void (now += ms),
    client,
  }
}

const answer = (message: string, httpStatusCode: number) => ({
  message,
  $metadata: { httpStatusCode },
})
const resuming = () => new DatabaseResumingException(answer('resuming', 400))
const internal = () => new InternalServerErrorException(answer('internal', 500))
const gone = (why: string) =>
  new TransactionNotFoundException(answer(`Transaction t is not found. ${why}`, 404))
const reset = () => Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })
const refused = () => Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })
const throttled = () =>
  new RDSDataServiceException({
    name: 'ThrottlingException',
    $fault: 'client',
    ...answer('Rate exceeded', 400),
  })
const aborted = () => Object.assign(new Error('Request aborted'), { name: 'AbortError' })

async function fails(calling: Promise<unknown>): Promise<Error & { code?: string }> {
  const error = await calling.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof Error)) throw new Error('it succeeded')
  return error
}

describe('resuming', () => {
  test('[3.4] DatabaseResumingException is waited out, for writes as well', async () => {
    const { careful, sdk, elapsed, resumings } = start()
    const calls = sdk.on(ExecuteStatementCommand)
    for (let n = 0; n < 12; n++) calls.rejectsOnce(resuming())
    calls.resolves({ numberOfRecordsUpdated: 1 })
    expect(await careful.executeStatement(write)).toMatchObject({ numberOfRecordsUpdated: 1 })
    expect(elapsed()).toBeGreaterThan(5_000)
    await careful.executeStatement(write)
    expect(resumings()).toBe(1)
  })

  test('[3.4] DatabaseResumingException at begin is waited out', async () => {
    const { careful, sdk } = start()
    sdk.on(BeginTransactionCommand).rejectsOnce(resuming()).resolves({ transactionId: 't' })
    expect((await careful.beginTransaction(address)).transactionId).toBe('t')
  })

  test('[3.4] it is waited for no longer than 25 s, and then the database is unavailable', async () => {
    const { careful, sdk, elapsed } = start()
    sdk.on(ExecuteStatementCommand).rejects(resuming())
    const error = await fails(careful.executeStatement(read))
    expect(error.code).toBe('57P03')
    expect(isUnavailable(error)).toBe(true)
    expect(elapsed()).toBeGreaterThan(23_000)
    expect(elapsed()).toBeLessThan(25_000)
  })

  test('[3.4] nor beyond the time that the handler has left', async () => {
    const { careful, sdk, elapsed } = start()
    sdk.on(ExecuteStatementCommand).rejects(resuming())
    await withDeadline(4_000, () => fails(careful.executeStatement(read)))
    expect(elapsed()).toBeGreaterThan(2_500)
    expect(elapsed()).toBeLessThan(4_000)
  })
})

describe('resuming, where the database may pause', () => {
  test('[3.4] it is waited for as long as the stage says, and all else as long as before', async () => {
    const { careful, sdk, elapsed, resumings } = start(3_000)
    sdk.on(ExecuteStatementCommand).rejects(resuming())
    expect((await fails(careful.executeStatement(read))).code).toBe('57P03')
    expect(elapsed()).toBeGreaterThan(1_500)
    expect(elapsed()).toBeLessThan(3_000)
    expect(resumings()).toBe(1)
    sdk.on(ExecuteStatementCommand).rejects(reset())
    await fails(careful.executeStatement(read))
    expect(sdk.calls().length).toBeGreaterThan(3)
  })

  test('[3.4] with 0 each call is made once, which makes it resume', async () => {
    const { careful, sdk, elapsed } = start(0)
    sdk.on(ExecuteStatementCommand).rejects(resuming())
    sdk.on(BeginTransactionCommand).rejects(resuming())
    await fails(careful.executeStatement(read))
    await fails(careful.beginTransaction(address))
    expect([sdk.calls().length, elapsed()]).toEqual([2, 0])
  })

  test('[3.4] whoever does not want to wait, does not', async () => {
    const { careful, sdk, elapsed } = start()
    sdk.on(ExecuteStatementCommand).rejects(resuming())
    await withoutWaitingForResume(() => fails(careful.executeStatement(read)))
    expect([sdk.calls().length, elapsed()]).toEqual([1, 0])
  })
})

describe('what may have been executed', () => {
  test.each([
    ['500', internal],
    ['a cut connection', reset],
    ['no answer in time', aborted],
  ])('[6] a read is repeated after %s, three times in all', async (_what, error) => {
    const { careful, sdk } = start()
    sdk.on(ExecuteStatementCommand).rejects(error())
    expect(isUnavailable(await fails(careful.executeStatement(read)))).toBe(true)
    expect(sdk.commandCalls(ExecuteStatementCommand)).toHaveLength(3)
  })

  test.each([
    ['500', internal],
    ['a cut connection', reset],
    ['no answer in time', aborted],
  ])('[6] a write is not repeated after %s, and is unavailable', async (_what, error) => {
    const { careful, sdk } = start()
    sdk.on(ExecuteStatementCommand).rejects(error())
    expect(isUnavailable(await fails(careful.executeStatement(write)))).toBe(true)
    expect(sdk.commandCalls(ExecuteStatementCommand)).toHaveLength(1)
  })

  test('[6] nothing of a transaction is repeated, reads neither', async () => {
    const { careful, sdk } = start()
    sdk.on(ExecuteStatementCommand).rejects(internal())
    await fails(careful.executeStatement({ ...read, transactionId: 't' }))
    expect(sdk.commandCalls(ExecuteStatementCommand)).toHaveLength(1)
  })

  test('[6] begin and rollback are repeated', async () => {
    const { careful, sdk } = start()
    sdk.on(BeginTransactionCommand).rejectsOnce(internal()).resolves({ transactionId: 't' })
    sdk.on(RollbackTransactionCommand).rejectsOnce(internal()).resolves({})
    await careful.beginTransaction(address)
    await careful.rollbackTransaction({ ...address, transactionId: 't' })
    expect(sdk.calls()).toHaveLength(4)
  })
})

describe('what was surely not executed', () => {
  test.each([
    ['throttling', throttled, '53400'],
    ['a refused connection', refused, 'ECONNREFUSED'],
  ])(
    '[3.4] %s is repeated for writes and in transactions, a few times',
    async (_what, error, code) => {
      const { careful, sdk } = start()
      sdk.on(ExecuteStatementCommand).rejectsOnce(error()).resolves({})
      await careful.executeStatement(write)
      await careful.executeStatement({ ...write, transactionId: 't' })
      sdk.on(ExecuteStatementCommand).rejects(error())
      const thrown = await fails(careful.executeStatement(write))
      expect(thrown.code).toBe(code)
      expect(isUnavailable(thrown)).toBe(true)
      expect(sdk.commandCalls(ExecuteStatementCommand)).toHaveLength(3 + 3)
    },
  )
})

describe('what will be the same again', () => {
  test.each<[string, () => Error, string | undefined]>([
    [
      'an SQL error',
      () => new DatabaseErrorException(answer('ERROR: x\n  Detail: y; SQLState: 23505', 400)),
      '23505',
    ],
    [
      'an error without an SQLSTATE',
      () => new DatabaseErrorException(answer('Packet for query is too large', 400)),
      undefined,
    ],
    ['a transaction that is gone', () => gone('Transaction may be expired.'), '08003'],
  ])('[3.4] %s is not repeated', async (_what, error, code) => {
    const { careful, sdk } = start()
    sdk.on(ExecuteStatementCommand).rejects(error())
    expect((await fails(careful.executeStatement(read))).code).toBe(code)
    expect(sdk.commandCalls(ExecuteStatementCommand)).toHaveLength(1)
  })
})

describe('commit', () => {
  const commit = { ...address, transactionId: 't' }

  test('[6] is repeated after 500: it cannot happen twice', async () => {
    const { careful, sdk } = start()
    sdk.on(CommitTransactionCommand).rejectsOnce(internal()).resolves({ transactionStatus: 'done' })
    expect(await careful.commitTransaction(commit)).toMatchObject({ transactionStatus: 'done' })
  })

  test('[6] was done when its repeat finds the transaction ended by a call', async () => {
    const { careful, sdk } = start()
    sdk
      .on(CommitTransactionCommand)
      .rejectsOnce(reset())
      .rejects(gone('One previous call resulted in a termination of your transaction.'))
    expect(await careful.commitTransaction(commit)).toMatchObject({
      transactionStatus: 'Transaction Committed',
    })
  })

  test('[6] is in doubt when its repeat finds no transaction for another cause', async () => {
    const { careful, sdk } = start()
    sdk
      .on(CommitTransactionCommand)
      .rejectsOnce(reset())
      .rejects(gone('Transaction may be expired.'))
    const error = await fails(careful.commitTransaction(commit))
    expect(error.code).toBe('08007')
    expect(isUnavailable(error)).toBe(true)
  })

  test('[6] failed when the first of it finds no transaction', async () => {
    const { careful, sdk } = start()
    sdk
      .on(CommitTransactionCommand)
      .rejects(gone('One previous call resulted in a termination of your transaction.'))
    expect((await fails(careful.commitTransaction(commit))).code).toBe('08003')
  })
})

describe('connections', () => {
  test('[6] those kept for more than 5 s are not used again, unless a call is under way', async () => {
    const { careful, sdk, client, pass } = start()
    let destroyed = 0
    client.destroy = () => void destroyed++
    sdk.on(ExecuteStatementCommand).resolves({})
    await careful.executeStatement(write)
    pass(4_000)
    await careful.executeStatement(write)
    expect(destroyed).toBe(0)
    pass(6_000)
    await careful.executeStatement(write)
    expect(destroyed).toBe(1)

    const held = Promise.withResolvers<object>()
    sdk
      .on(ExecuteStatementCommand)
      .callsFakeOnce(() => held.promise)
      .resolves({})
    const slow = careful.executeStatement(write)
    pass(6_000)
    await careful.executeStatement(write)
    expect(destroyed).toBe(1)
    held.resolve({})
    await slow
  })
})
