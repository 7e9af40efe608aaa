import { RDSData } from '@aws-sdk/client-rds-data'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { DataApiLogEntry } from '../../src/emulators/data-api/data-api.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { address, credentials, startDataApi, type TestDataApi } from '../support/data-api.ts'

let database: TestDatabase
let api: TestDataApi
const log: DataApiLogEntry[] = []
beforeAll(async () => {
  database = await createTestDatabase()
  api = await startDataApi({ ...database, log: (entry) => void log.push(entry) })
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

const select = { ...address, sql: 'select 1 as one' }

describe('6 wire contract', () => {
  test('[6] AWS_ENDPOINT_URL_RDS_DATA is honoured', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL_RDS_DATA', api.url)
    try {
      const client = new RDSData({ region: 'eu-central-1', credentials })
      expect((await client.executeStatement(select)).records).toEqual([[{ longValue: 1 }]])
      client.destroy()
    } finally {
      vi.unstubAllEnvs()
    }
  })

  test('[6] the five operations, as REST-JSON by POST', async () => {
    const sdk = api.client()
    const seen: unknown[] = []
    sdk.middlewareStack.add(
      (next) => async (args) => {
        const { method, path } = args.request as { method: string; path: string }
        seen.push(`${method} ${path}`)
        return await next(args)
      },
      { step: 'finalizeRequest' },
    )
    const { transactionId } = await sdk.beginTransaction(address)
    await sdk.executeStatement({ ...select, transactionId })
    await sdk.batchExecuteStatement({ ...select, transactionId })
    await sdk.commitTransaction({ ...address, transactionId })
    const second = await sdk.beginTransaction(address)
    await sdk.rollbackTransaction({ ...address, transactionId: second.transactionId })
    expect(seen).toEqual([
      'POST /BeginTransaction',
      'POST /Execute',
      'POST /BatchExecute',
      'POST /CommitTransaction',
      'POST /BeginTransaction',
      'POST /RollbackTransaction',
    ])
  })

  test('[6] SigV4 for rds-data: another secret, service or hour, or none, is refused', async () => {
    for (const overrides of [
      { credentials: { ...credentials, secretAccessKey: 'another' } },
      { credentials: { ...credentials, accessKeyId: 'AKIDOTHER' } },
      { signingName: 'execute-api' },
      { systemClockOffset: 6 * 60_000 },
    ]) {
      await expect(api.client(overrides).executeStatement(select)).rejects.toMatchObject({
        name: 'InvalidSignatureException',
        $metadata: { httpStatusCode: 403 },
      })
    }
    const bare = await fetch(`${api.url}/Execute`, { method: 'POST', body: JSON.stringify(select) })
    expect(bare.status).toBe(403)
    expect(bare.headers.get('x-amzn-errortype')).toBe('InvalidSignatureException')
    expect(await bare.json()).toEqual({ message: 'Missing Authentication Token' })
  })

  test('[6] tells its log of each call: operation, status, error', async () => {
    log.length = 0
    await api.execute('select 1 as one')
    await expect(api.execute('select nothing')).rejects.toThrow('does not exist')
    expect(log).toMatchObject([
      { operation: 'ExecuteStatement', status: 200, error: undefined },
      { operation: 'ExecuteStatement', status: 400, error: { name: 'DatabaseErrorException' } },
    ])
  })
})
