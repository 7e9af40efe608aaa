import { isDeepStrictEqual } from 'node:util'
import * as z from 'zod'
import { frameErrors } from '../../src/protocol/documents/asyncapi-parts.ts'
import { isPlainPath } from '../../functions/http/plain-path.ts'
import { decodePath } from '../../src/emulators/api-gateway/http-event.ts'
import { type ErrorCode, errorStatus, problem } from '../../src/protocol/errors.ts'
import { findOperation } from '../../src/protocol/operations/find-operation.ts'
import { operations } from '../../src/protocol/operations/index.ts'
import { problemsOf } from '../../src/protocol/operations/problems.ts'
import { byeCode, durableEvent, otherEvent } from '../../src/protocol/socket.ts'

/**
 * Compares the documents with what is answered. Every answer and event that a test gets must be documented. Each such
 * thing has a name, such as `listRooms 200`, so that a whole run can tell what was never seen.
 */
export const documented: readonly string[] = [
  ...Object.entries(operations).flatMap(([id, operation]) => [
    ...Object.keys(operation.responses).map((status) => `${id} ${status}`),
    ...Object.keys(problemsOf(operation)).map((code) => `${id} ${code}`),
  ]),
  ...[...durableEvent.options, ...otherEvent.options].map(
    ({ shape }) => `event ${shape.type.value}`,
  ),
  ...Object.keys(frameErrors).map((code) => `event error ${code}`),
  ...byeCode.options.map((code) => `event bye ${code}`),
]

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']

interface HttpAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** Returns the names for an answer of the API. Throws when the answer is not documented. */
export function nameAnswer(method: string, path: string, answer: HttpAnswer): string[] {
  const { pathname } = new URL(path, 'http://localhost')
  if (!path.startsWith('/api') || isByGateway(answer)) return []
  const found = findOperation(method, pathname)
  const fail = (what: string): never => {
    const { status, text } = answer
    throw new Error(`${what}: ${method} ${path.slice(0, 200)} answered ${status} ${text}`)
  }
  // [C9] A preflight only asks what is allowed. It has no documentation.
  if (method === 'OPTIONS' && answer.status === 204) return []
  const type = answer.headers.get('content-type')
  if (type === 'application/problem+json') {
    const { code, status } = parseStrictly(problem, JSON.parse(answer.text), fail)
    if (status !== answer.status || errorStatus[code] !== status) fail('it has another status')
    // [C2] A path that normalization would change belongs to no operation.
    if (code === 'bad_request' && !isPlainPath(decodePath(path.split('?', 1)[0]!))) return []
    if (!found)
      return (
        nameUnknown(code, method, pathname, answer.headers) ?? fail('there is no such operation')
      )
    if (problemsOf(found.operation)[code] === undefined) fail(`${code} is not documented`)
    return [`${found.id} ${code}`]
  }
  if (!found) return fail('there is no such operation')
  const { id, operation } = found
  const response = Object.entries(operation.responses).find(
    ([status]) => Number(status) === answer.status,
  )?.[1]
  if (!response) return fail('this status is not documented')
  if (response.schema) {
    if (type !== 'application/json') fail('it is not JSON')
    if (method !== 'HEAD') parseStrictly(response.schema, JSON.parse(answer.text), fail)
  } else if (answer.text !== '') fail('it has a body')
  return [`${id} ${answer.status}`]
}

/** Handles an unknown path, and a known path with another method, whose answer lists the methods that the path has. */
function nameUnknown(
  code: ErrorCode,
  method: string,
  pathname: string,
  headers: Headers,
): string[] | undefined {
  // [C6] An address is limited for every path.
  if (code === 'rate_limited') return []
  const others = methods.filter((each) => findOperation(each, pathname))
  if (others.length === 0) return code === 'not_found' ? [] : undefined
  const allowed = headers.get('allow')?.split(', ') ?? []
  const areTold = others.every((each) => allowed.includes(each)) && !allowed.includes(method)
  return code === 'method_not_allowed' && areTold ? [] : undefined
}

const anyEvent = z.union([durableEvent, otherEvent])

/** Returns the names for an object that a socket was sent. Throws when it is not documented. */
export function nameEvent(event: unknown): string[] {
  const fail = (what: string): never => {
    throw new Error(`${what}: a socket was sent ${JSON.stringify(event)}`)
  }
  const parsed = parseStrictly(anyEvent, event, fail)
  const name = `event ${parsed.type}`
  if (parsed.type === 'bye') return [name, `${name} ${parsed.code}`]
  if (parsed.type !== 'error') return [name]
  if (frameErrors[parsed.code] === undefined) fail(`${parsed.code} is not documented for frames`)
  return [name, `${name} ${parsed.code}`]
}

/** Whether the gateway answered, before or instead of a handler. Handlers give every answer an id. */
function isByGateway({ headers, text }: HttpAnswer): boolean {
  if (headers.has('x-request-id')) return false
  z.strictObject({ message: z.string() }).parse(JSON.parse(text))
  return true
}

/** Parses the value, and checks that the schema knows all of its fields. */
function parseStrictly<T>(schema: z.ZodType<T>, value: unknown, fail: (what: string) => never): T {
  const parsed = schema.safeParse(value)
  if (!parsed.success) return fail(z.prettifyError(parsed.error))
  if (!isDeepStrictEqual(parsed.data, value)) fail('it has fields that are not documented')
  return parsed.data
}
