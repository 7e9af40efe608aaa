import type * as z from 'zod'
import { parseRequest, requests } from './request.ts'
import type { Service } from './service.ts'

export type OperationName = keyof typeof requests

/** The fields that requests have in common. */
interface AnyRequest {
  readonly resourceArn: string
  readonly secretArn: string
  readonly schema?: string | null | undefined
  readonly sql?: string
  readonly transactionId?: string | null | undefined
}

/** A parsed request, and the function that executes it. */
export interface Prepared {
  readonly request: AnyRequest
  readonly run: () => Promise<string>
}

export interface DataApiOperation {
  readonly name: OperationName
  prepare(service: Service, body: Buffer): Prepared
}

function operation<Request extends AnyRequest>(
  name: OperationName,
  schema: z.ZodType<Request>,
  run: (service: Service, request: Request) => Promise<string>,
): DataApiOperation {
  return {
    name,
    prepare(service, body) {
      const request = parseRequest(schema, body)
      return { request, run: () => run(service, request) }
    },
  }
}

/** Operations by path. All of them are POST. */
export const dataApiOperations: ReadonlyMap<string, DataApiOperation> = new Map([
  [
    '/Execute',
    operation('ExecuteStatement', requests.ExecuteStatement, (service, request) =>
      service.executeStatement(request),
    ),
  ],
  [
    '/BatchExecute',
    operation('BatchExecuteStatement', requests.BatchExecuteStatement, (service, request) =>
      service.batchExecuteStatement(request),
    ),
  ],
  [
    '/BeginTransaction',
    operation('BeginTransaction', requests.BeginTransaction, (service, request) =>
      service.beginTransaction(request),
    ),
  ],
  [
    '/CommitTransaction',
    operation('CommitTransaction', requests.CommitTransaction, (service, request) =>
      service.commitTransaction(request),
    ),
  ],
  [
    '/RollbackTransaction',
    operation('RollbackTransaction', requests.RollbackTransaction, (service, request) =>
      service.rollbackTransaction(request),
    ),
  ],
])
