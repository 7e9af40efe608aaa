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

type Parsed = { readonly [Name in OperationName]: z.output<(typeof requests)[Name]> }
const schemas: { readonly [Name in OperationName]: z.ZodType<Parsed[Name]> } = requests

function operation<Name extends OperationName>(
  name: Name,
  run: (service: Service, request: Parsed[Name]) => Promise<string>,
): DataApiOperation {
  const schema = schemas[name]
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
  ['/Execute', operation('ExecuteStatement', (service, it) => service.executeStatement(it))],
  [
    '/BatchExecute',
    operation('BatchExecuteStatement', (service, it) => service.batchExecuteStatement(it)),
  ],
  [
    '/BeginTransaction',
    operation('BeginTransaction', (service, it) => service.beginTransaction(it)),
  ],
  [
    '/CommitTransaction',
    operation('CommitTransaction', (service, it) => service.commitTransaction(it)),
  ],
  [
    '/RollbackTransaction',
    operation('RollbackTransaction', (service, it) => service.rollbackTransaction(it)),
  ],
])
