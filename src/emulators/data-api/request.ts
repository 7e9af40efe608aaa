import * as z from 'zod'
import { DataApiError } from './errors.ts'

const arn = z.string().min(11).max(100)
/** The limit is from the service's model. */
const sql = z.string().max(65_536)
const transactionId = z.string().max(192)

/** A value has exactly one kind. */
const fieldValue = z
  .strictObject({
    isNull: z.boolean(),
    booleanValue: z.boolean(),
    longValue: z.int(),
    doubleValue: z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])]),
    stringValue: z.string(),
    blobValue: z.base64(),
    arrayValue: z.unknown(),
  })
  .partial()
  .refine((value) => Object.keys(value).length === 1, 'has to be of one kind')

const sqlParameter = z.strictObject({
  name: z.string(),
  value: fieldValue,
  typeHint: z.enum(['DATE', 'DECIMAL', 'JSON', 'TIME', 'TIMESTAMP', 'UUID']).nullish(),
})
export type SqlParameter = z.infer<typeof sqlParameter>

const target = {
  resourceArn: arn,
  secretArn: arn,
  database: z.string().max(64).nullish(),
  schema: z.string().max(64).nullish(),
}

const ended = z.object({ resourceArn: arn, secretArn: arn, transactionId })

export const requests = {
  ExecuteStatement: z.object({
    ...target,
    sql,
    parameters: z.array(sqlParameter).nullish(),
    transactionId: transactionId.nullish(),
    includeResultMetadata: z.boolean().nullish(),
    continueAfterTimeout: z.boolean().nullish(),
    resultSetOptions: z
      .object({
        decimalReturnType: z.enum(['STRING', 'DOUBLE_OR_LONG']).nullish(),
        longReturnType: z.enum(['LONG', 'STRING']).nullish(),
      })
      .nullish(),
    formatRecordsAs: z.enum(['NONE', 'JSON']).nullish(),
  }),
  BatchExecuteStatement: z.object({
    ...target,
    sql,
    parameterSets: z.array(z.array(sqlParameter)).nullish(),
    transactionId: transactionId.nullish(),
  }),
  BeginTransaction: z.object(target),
  CommitTransaction: ended,
  RollbackTransaction: ended,
}

export type ExecuteStatementRequest = z.infer<typeof requests.ExecuteStatement>
export type BatchExecuteStatementRequest = z.infer<typeof requests.BatchExecuteStatement>

/** Parses a request with its schema. Throws a ValidationException that lists the faults. */
export function parseRequest<T>(schema: z.ZodType<T>, body: Buffer): T {
  let json: unknown
  try {
    json = JSON.parse(body.toString())
  } catch {
    throw new DataApiError('ValidationException', 'The request body is not JSON')
  }
  const result = schema.safeParse(json)
  if (result.success) return result.data
  const faults = result.error.issues.map(
    ({ path, message }) => `'${path.join('.')}' failed to satisfy constraint: ${message}`,
  )
  throw new DataApiError(
    'ValidationException',
    `${faults.length} validation error${faults.length === 1 ? '' : 's'} detected: ${faults.join('; ')}`,
  )
}
