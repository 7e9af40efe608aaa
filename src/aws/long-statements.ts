import { setTimeout as sleep } from 'node:timers/promises'
import type { ExecuteStatementCommandInput } from '@aws-sdk/client-rds-data'
import type { DataApiClient } from './data-api-client.ts'
import { DataApiCallError } from './data-api-error.ts'
import { mayRepeat } from './may-repeat.ts'

const pollMs = 1_000

/**
 * A client whose statements in a transaction may take longer than the 45 s that the Data API waits for a statement.
 * Such a statement goes on, and the client retries a small query until the transaction accepts calls again. The result
 * of such a statement is lost, so reads are excluded.
 */
export function withLongStatements(client: DataApiClient): DataApiClient {
  async function untilItEnds(input: ExecuteStatementCommandInput): Promise<void> {
    const { resourceArn, secretArn, transactionId } = input
    const ask = { resourceArn, secretArn, transactionId, sql: 'select 1 as one' }
    for (;;) {
      await sleep(pollMs)
      const error = await client.executeStatement(ask).then(
        () => undefined,
        (reason: unknown) => reason,
      )
      if (error === undefined) return
      if (/still running a query/i.test(messageOf(error))) continue
      // This must not look like the transaction's own error, which would cause a retry.
      throw /aborted due to an error/i.test(messageOf(error))
        ? new Error('a long statement failed: the log of the database says why')
        : error
    }
  }

  async function executeStatement(input: ExecuteStatementCommandInput) {
    if (input.transactionId === undefined || mayRepeat(input.sql ?? '')) {
      return await client.executeStatement(input)
    }
    try {
      return await client.executeStatement({ ...input, continueAfterTimeout: true })
    } catch (error) {
      if (!isStatementTimeout(error)) throw error
      await untilItEnds(input)
      return { $metadata: {} }
    }
  }

  return { ...client, executeStatement }
}

function isStatementTimeout(error: unknown): boolean {
  return (
    error instanceof DataApiCallError &&
    error.cause instanceof Error &&
    error.cause.name === 'StatementTimeoutException'
  )
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : ''
}
