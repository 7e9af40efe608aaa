import {
  AccessDeniedException,
  BadRequestException,
  DatabaseErrorException,
  DatabaseNotFoundException,
  DatabaseResumingException,
  DatabaseUnavailableException,
  ForbiddenException,
  HttpEndpointNotEnabledException,
  InternalServerErrorException,
  InvalidResourceStateException,
  InvalidSecretException,
  NotFoundException,
  SecretsErrorException,
  ServiceUnavailableError,
  StatementTimeoutException,
  TransactionNotFoundException,
  UnsupportedResultException,
} from '@aws-sdk/client-rds-data'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DataApiFault } from '../../src/emulators/data-api/data-api.ts'
import type { DataApiErrorName } from '../../src/emulators/data-api/errors.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { address, startDataApi, type TestDataApi } from '../support/data-api.ts'

let database: TestDatabase
let api: TestDataApi
let faults: (DataApiFault | undefined)[] = []
let calls = 0
beforeAll(async () => {
  database = await createTestDatabase()
  api = await startDataApi({
    ...database,
    faults: () => {
      calls++
      return faults.shift()
    },
  })
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

type ErrorClass = abstract new (...parts: never[]) => Error

/** A call with another part. */
const other = (part: object) => api.execute('select 1 as one', [], part)

describe('3.4 errors', () => {
  test.each<[DataApiErrorName, ErrorClass, number]>([
    ['AccessDeniedException', AccessDeniedException, 403],
    ['BadRequestException', BadRequestException, 400],
    ['DatabaseErrorException', DatabaseErrorException, 400],
    ['DatabaseNotFoundException', DatabaseNotFoundException, 404],
    ['DatabaseResumingException', DatabaseResumingException, 400],
    ['DatabaseUnavailableException', DatabaseUnavailableException, 504],
    ['ForbiddenException', ForbiddenException, 403],
    ['HttpEndpointNotEnabledException', HttpEndpointNotEnabledException, 400],
    ['InternalServerErrorException', InternalServerErrorException, 500],
    ['InvalidResourceStateException', InvalidResourceStateException, 400],
    ['InvalidSecretException', InvalidSecretException, 400],
    ['NotFoundException', NotFoundException, 404],
    ['SecretsErrorException', SecretsErrorException, 400],
    ['ServiceUnavailableError', ServiceUnavailableError, 503],
    ['StatementTimeoutException', StatementTimeoutException, 400],
    ['TransactionNotFoundException', TransactionNotFoundException, 404],
    ['UnsupportedResultException', UnsupportedResultException, 400],
  ])(
    '[3.4] %s is told by header, and is the class of the SDK with its status',
    async (name, Class, status) => {
      faults = [{ answer: name }]
      const error = await api.execute('select 1 as one').catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(Class)
      expect(error).toMatchObject({ name, $metadata: { httpStatusCode: status } })
    },
  )

  // Whether the SDK repeats it, three times in all.
  test.each<[DataApiErrorName, number]>([
    ['ServiceUnavailableError', 3],
    ['InternalServerErrorException', 3],
    ['DatabaseUnavailableException', 3],
    ['ThrottlingException', 3],
    ['DatabaseResumingException', 1],
    ['DatabaseErrorException', 1],
    ['StatementTimeoutException', 1],
  ])('[3.4] the SDK by itself: %s is tried %i times', async (answer, attempts) => {
    const sdk = api.client({ maxAttempts: 3 })
    calls = 0
    faults = [{ answer }, { answer }, { answer }]
    await expect(
      sdk.executeStatement({ ...address, sql: 'select 1 as one' }),
    ).rejects.toMatchObject({ name: answer })
    expect(calls).toBe(attempts)
    faults = []
  })

  test('[6] the SDK by itself: 5xx after the statement was executed applies it twice', async () => {
    await api.execute('create table twice (n bigint)')
    faults = [{ answer: 'InternalServerErrorException', done: true }]
    await api
      .client({ maxAttempts: 3 })
      .executeStatement({ ...address, sql: 'insert into twice values (1)' })
    expect((await api.execute('select n from twice')).records).toHaveLength(2)
  })

  test('[6] a cut connection, before or after the statement was executed', async () => {
    await api.execute('create table cut (n bigint)')
    faults = [{ answer: 'cut' }, { answer: 'cut', done: true }]
    for (const n of [1, 2]) {
      await expect(api.execute(`insert into cut values (${n})`)).rejects.toMatchObject({
        code: 'ECONNRESET',
      })
    }
    expect((await api.execute('select n from cut')).records).toEqual([[{ longValue: 2 }]])
  })

  test('[3.4] an SQL error has the SQLSTATE at its end, and what PostgreSQL said', async () => {
    await api.execute('create table once (n bigint primary key)')
    await api.execute('insert into once values (1)')
    await expect(api.execute('insert into once values (1)')).rejects.toMatchObject({
      name: 'DatabaseErrorException',
      message:
        'ERROR: duplicate key value violates unique constraint "once_pkey"\n' +
        '  Detail: Key (n)=(1) already exists.; SQLState: 23505',
    })
    await expect(api.execute('select nothing')).rejects.toThrow(
      'ERROR: column "nothing" does not exist\n  Position: 8; SQLState: 42703',
    )
  })

  test('[3.4] one statement a call', async () => {
    for (const sql of ['select 1 as a; select 2 as b', 'create table a (b bigint); drop table a']) {
      await expect(api.execute(sql)).rejects.toMatchObject({
        name: 'ValidationException',
        message: "Multistatements aren't supported.",
      })
    }
    expect((await api.execute('select 1 as a;')).records).toEqual([[{ longValue: 1 }]])
  })

  test('[3.4] the schema parameter is not supported', async () => {
    await expect(api.execute('select 1 as one', [], { schema: 'public' })).rejects.toMatchObject({
      name: 'ValidationException',
      message: "The schema parameter isn't supported",
    })
  })

  test('[3.4] another cluster, another secret, and a database that is not there', async () => {
    await expect(other({ resourceArn: `${address.resourceArn}-2` })).rejects.toMatchObject({
      name: 'HttpEndpointNotEnabledException',
    })
    await expect(other({ secretArn: `${address.secretArn}-2` })).rejects.toMatchObject({
      name: 'SecretsErrorException',
    })
    await expect(other({ database: 'nowhere' })).rejects.toThrow(
      'FATAL: database "nowhere" does not exist; SQLState: 3D000',
    )
    await expect(other({ resourceArn: 'arn:short' })).rejects.toMatchObject({
      name: 'ValidationException',
    })
    const { records } = await other({ database: database.connection.database })
    expect(records).toEqual([[{ longValue: 1 }]])
  })
})
