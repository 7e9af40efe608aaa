import { createRdsDataClient } from '../../src/aws/data-api-client.ts'
import { DataApiError, errorStatus } from '../../src/local/data-api/errors.ts'
import type { DataApiOptions } from '../../src/local/data-api/data-api.ts'
import { operations } from '../../src/local/data-api/operations.ts'
import { createService } from '../../src/local/data-api/service.ts'
import type { PostgresConnection } from '../../src/local/postgres.ts'

const limits = { statementMs: 45_000, idleMs: 180_000, totalMs: 86_400_000 }

/** What the SDK gives its request handler, as far as it is read. */
interface Request {
  readonly path: string
  readonly body: Uint8Array
}

/** The SDK's client of the local Data API, whose requests do not go over a socket, and are not signed: that is quick. */
export function createInProcessDataApi(
  connection: PostgresConnection & { readonly max: number },
  faults: NonNullable<DataApiOptions['faults']>,
) {
  const service = createService({ connection, limits })
  const client = createRdsDataClient({
    region: 'eu-central-1',
    credentials: { accessKeyId: 'AKIDLOCAL', secretAccessKey: 'a secret of this test' },
    signer: { sign: async (request) => request },
    requestHandler: {
      handle: async ({ path, body }: Request) => {
        const { status, text, errorType } = await answer(
          path,
          Buffer.from(body.buffer, body.byteOffset, body.byteLength),
        )
        const headers = {
          'content-type': 'application/json',
          ...(errorType !== undefined && { 'x-amzn-errortype': errorType }),
        }
        return { response: { statusCode: status, headers, body: Buffer.from(text) } }
      },
    },
  })

  async function answer(path: string, body: Buffer) {
    try {
      const operation = operations.get(path)!
      const { request, run } = operation.prepare(service, body)
      const fault = faults({
        operation: operation.name,
        sql: request.sql,
        transactionId: request.transactionId ?? undefined,
      })
      if (!fault) return { status: 200, text: await run() }
      if (fault.done) await run()
      if (fault.answer === 'cut') {
        throw Object.assign(new Error('a fault: socket hang up'), { code: 'ECONNRESET' })
      }
      throw new DataApiError(fault.answer, 'a fault, as asked for')
    } catch (error) {
      if (!(error instanceof DataApiError)) throw error
      const text = JSON.stringify({ message: error.message, ...error.fields })
      return { status: errorStatus[error.name], text, errorType: error.name }
    }
  }

  return {
    client,
    async [Symbol.asyncDispose]() {
      client.destroy()
      await service.close()
    },
  }
}
