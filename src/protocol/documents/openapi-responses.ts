import { errorCode, errorStatus, problem } from '../errors.ts'
import type { Operation, OperationResponse } from '../operations/operation.ts'
import { problemsOf } from '../operations/problems.ts'
import type { Json, SchemaWriter } from './json-schema.ts'

/** Writes the responses of operations. Problems that many operations share go to `components`. */
export function createResponseWriter(schemas: SchemaWriter) {
  const components: Record<string, Json> = {}

  function write(operation: Operation): Json {
    const all: Record<string, Json> = {}
    for (const [status, response] of Object.entries(operation.responses)) {
      all[status] = writeReply(operation, Number(status), response)
    }
    const problems = problemsOf(operation)
    const codes = errorCode.options.filter((code) => problems[code] !== undefined)
    for (const status of new Set(codes.map((code) => errorStatus[code]))) {
      const ofStatus = codes.filter((code) => errorStatus[code] === status)
      const response: Json = {
        description: ofStatus.map((code) => `- \`${code}\`: ${problems[code]}`).join('\n'),
        headers: referTo(headersOf(operation, status)),
        content: { 'application/problem+json': { schema: schemas.write(problem, 'output') } },
      }
      const isOwn =
        (tellsLimit(operation, status) && status !== errorStatus.rate_limited) ||
        ofStatus.some((code) => operation.problems?.[code])
      all[status] = isOwn ? response : keep(nameOf(ofStatus[0]!), response)
    }
    return all
  }

  function writeReply(
    operation: Operation,
    status: number,
    { description, schema }: OperationResponse,
  ): Json {
    return {
      description,
      headers: referTo(headersOf(operation, status)),
      ...(schema && {
        content: { 'application/json': { schema: schemas.write(schema, 'output') } },
      }),
    }
  }

  function keep(name: string, response: Json): Json {
    components[name] = response
    return { $ref: `#/components/responses/${name}` }
  }

  return { write, components }
}

export type ResponseWriter = ReturnType<typeof createResponseWriter>

/**
 * [C6] Whether a response has the headers of a limit. A user's limit is in answers to an authenticated user when
 * the database answers. Every limit is in its own refusal.
 */
function tellsLimit(operation: Operation, status: number): boolean {
  if (operation.addressLimit !== undefined || status === errorStatus.rate_limited) return true
  const isKnown = status !== errorStatus.unauthenticated && status < errorStatus.internal
  return (operation.userLimit !== undefined || operation.countsAsSend === true) && isKnown
}

function headersOf(operation: Operation, status: number): string[] {
  return [
    'Cache-Control',
    'X-Request-Id',
    ...(status === errorStatus.unauthenticated ? ['WWW-Authenticate'] : []),
    ...(status === errorStatus.rate_limited ||
    (status === errorStatus.unavailable && !operation.neverFails)
      ? ['Retry-After']
      : []),
    ...(tellsLimit(operation, status)
      ? ['RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset']
      : []),
  ]
}

function referTo(names: readonly string[]): Json {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]))
}

/** Converts `too_large` to `TooLarge`. */
function nameOf(code: string): string {
  return code.replace(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase())
}
