import {
  BeginTransactionCommand,
  CommitTransactionCommand,
  ExecuteStatementCommand,
  RDSData,
} from '@aws-sdk/client-rds-data'
import { mockClient } from 'aws-sdk-client-mock'
import { describe, expect, it } from 'vitest'
import { createDataApiDatabase } from '../../src/aws/database.ts'

const address = { resourceArn: 'arn:cluster', secretArn: 'arn:secret', database: 'quick_connect' }

describe(createDataApiDatabase, () => {
  it('sends a statement to its database, with typed parameters, and reads typed results', async () => {
    const client = new RDSData({ region: 'eu-central-1' })
    const mock = mockClient(client)
    mock.on(ExecuteStatementCommand).resolves({
      columnMetadata: [
        { label: 'id', typeName: 'int8' },
        { label: 'created_at', typeName: 'timestamptz' },
      ],
      records: [[{ longValue: 7 }, { stringValue: '2026-01-02 03:04:05.678' }]],
    })
    const rows = await createDataApiDatabase(address, { client })
      .selectFrom('users')
      .select(['id', 'created_at'])
      .where('username', '=', 'ana')
      .where('id', '=', 7)
      .execute()

    expect(rows).toEqual([{ id: 7, created_at: new Date('2026-01-02T03:04:05.678Z') }])
    const { input } = mock.commandCalls(ExecuteStatementCommand)[0]!.args[0]
    expect(input).toMatchObject(address)
    expect(input.parameters?.map(({ value }) => value)).toEqual([
      { stringValue: 'ana' },
      { longValue: 7 },
    ])
  })

  it('runs a transaction as a Data API transaction', async () => {
    const client = new RDSData({ region: 'eu-central-1' })
    const mock = mockClient(client)
    mock.on(BeginTransactionCommand).resolves({ transactionId: 'tx' })
    mock.on(ExecuteStatementCommand).resolves({ numberOfRecordsUpdated: 1 })
    mock.on(CommitTransactionCommand).resolves({})
    await createDataApiDatabase(address, { client })
      .transaction()
      .execute((trx) => trx.deleteFrom('rooms').where('id', '=', 1).execute())

    expect(mock.commandCalls(ExecuteStatementCommand)[0]!.args[0].input.transactionId).toBe('tx')
    expect(mock.commandCalls(CommitTransactionCommand)[0]!.args[0].input.transactionId).toBe('tx')
  })
})
