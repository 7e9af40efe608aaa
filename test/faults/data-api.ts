import {
  type RDSDataClient,
  RDSDataServiceException,
  TransactionNotFoundException,
} from '@aws-sdk/client-rds-data'
import { Pool, type PoolClient } from 'pg'
import { DataApiError, dataApiErrorStatus } from '../../src/emulators/data-api/errors.ts'
import type { DataApiEmulatorOptions } from '../../src/emulators/data-api/data-api.ts'
import { dataApiOperations } from '../../src/emulators/data-api/operations.ts'
import { createService } from '../../src/emulators/data-api/service.ts'
import type { Sessions } from '../../src/emulators/data-api/sessions.ts'
import type { PostgresConnection } from '../../src/local/postgres/postgres.ts'

const limits = { statementMs: 45_000, idleMs: 180_000, totalMs: 86_400_000 }

/** The part of an SDK command that this reads. */
interface Command {
  readonly input: object
}

/**
 * The local Data API behind the SDK's client, without the SDK's work to write a request and read an answer. That work
 * takes longer than the statement, and every other test over the Data API covers it.
 */
export function createInProcessDataApi(
  connection: PostgresConnection & { readonly max: number },
  faults: NonNullable<DataApiEmulatorOptions['faults']>,
) {
  const service = createService({ connection, limits, sessions: createPlainSessions(connection) })
  const byName = new Map(
    [...dataApiOperations.values()].map((each) => [`${each.name}Command`, each]),
  )

  async function send(command: Command): Promise<object> {
    try {
      const operation = byName.get(command.constructor.name)!
      const { request, run } = operation.prepare(
        service,
        Buffer.from(JSON.stringify(command.input)),
      )
      const { sql, transactionId } = request
      const fault = faults({
        operation: operation.name,
        sql,
        transactionId: transactionId ?? undefined,
      })
      if (!fault || fault.done) {
        const text = await run()
        if (!fault) return { ...(JSON.parse(text, readBytes) as object), $metadata: {} }
      }
      if (fault.answer === 'cut') {
        throw Object.assign(new Error('a fault: socket hang up'), { code: 'ECONNRESET' })
      }
      throw new DataApiError(fault.answer, 'a fault, as asked for')
    } catch (error) {
      throw error instanceof DataApiError ? asOfSdk(error) : error
    }
  }

  return {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- no more of it is called
    client: { send, destroy: () => undefined } as unknown as RDSDataClient,
    [Symbol.asyncDispose]: () => service.close(),
  }
}

/** Bytes arrive as base64. */
const readBytes = (name: string, value: unknown) =>
  name === 'blobValue' && typeof value === 'string' ? Buffer.from(value, 'base64') : value

function asOfSdk({ name, message, fields }: DataApiError): RDSDataServiceException {
  const httpStatusCode = dataApiErrorStatus[name]
  const parts = {
    name,
    message,
    $fault: httpStatusCode < 500 ? 'client' : 'server',
    $metadata: { httpStatusCode },
  } as const
  return name === 'TransactionNotFoundException'
    ? new TransactionNotFoundException(parts)
    : Object.assign(new RDSDataServiceException(parts), fields)
}

/**
 * Database sessions that are not reset between two uses. A reset would be half of all statements, and the handlers set
 * nothing in a session. Other tests cover what a reset removes.
 */
function createPlainSessions(connection: PostgresConnection & { readonly max: number }): Sessions {
  const options = '-c TimeZone=UTC -c DateStyle=ISO,YMD -c bytea_output=hex'
  const pool = new Pool({ ...connection, options })
  pool.on('error', () => undefined)
  pool.on('connect', (client) => client.on('error', () => undefined))
  return {
    async acquire() {
      const client = await pool.connect()
      const processId = processIds.get(client) ?? (await readProcessId(client))
      processIds.set(client, processId)
      const release = () => client.release()
      return {
        client,
        processId,
        release() {
          if (client.getTransactionStatus() === 'I') release()
          else client.query('rollback').then(release, () => client.release(true))
        },
        destroy: () => client.release(true),
      }
    },
    cancel: async (_database, processId) =>
      void (await pool.query('select pg_cancel_backend($1)', [processId])),
    close: () => pool.end(),
  }
}

const processIds = new WeakMap<PoolClient, number>()

async function readProcessId(client: PoolClient): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  return rows[0]!.pid
}
