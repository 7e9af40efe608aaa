import { prettifyError } from 'zod'
import { type ErrorCode, errorStatus, problem } from '../../src/protocol/errors.ts'
import { findOperation } from '../../src/protocol/operations/find-operation.ts'
import { Broken, show } from './expect.ts'
import type { RawAnswer } from './http.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- answers of any form are looked into; most were checked before
export type Loose = any

/** What a request was answered. */
export interface Answer extends RawAnswer {
  /** The request that this answers, for reports. */
  readonly of: string
  /** Undefined when the body is not JSON. */
  readonly body: Loose
}

export function makeAnswer(of: string, raw: RawAnswer): Answer {
  return {
    ...raw,
    of,
    body: /json/.test(raw.headers['content-type'] ?? '') ? parse(raw.text) : undefined,
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Describes an answer in a few words. */
export function seenOf({ of, status, headers, text }: Answer): string {
  const type = headers['content-type'] ?? 'no content type'
  const isJson = type.includes('json')
  return `${of} answered ${status}${isJson ? '' : `, ${type}`}${text === '' ? '' : `: ${show(text)}`}`
}

/**
 * Checks that an answer has one of these statuses, and the form that the operation documents for it. Returns the body.
 */
export async function ok(
  answering: Promise<Answer> | Answer,
  ...statuses: (200 | 201 | 204)[]
): Promise<Loose> {
  const answer = await answering
  const isFine =
    statuses.length > 0 ? statuses.some((each) => each === answer.status) : isGood(answer)
  if (!isFine) throw new Broken(statuses.join(' or ') || '200, 201 or 204', seenOf(answer))
  return answer.body
}

function isGood({ status }: Answer): boolean {
  return status === 200 || status === 201 || status === 204
}

/**
 * Checks that an answer is a refusal with one of these codes, in the form that C3 gives to errors. Returns the problem.
 */
export async function refused(
  answering: Promise<Answer> | Answer,
  ...codes: ErrorCode[]
): Promise<Loose> {
  const answer = await answering
  const expected = codes.map((code) => `${errorStatus[code]} ${code}`).join(' or ')
  const { body, status } = answer
  const parsed = problem.safeParse(body)
  if (!parsed.success || !codes.includes(parsed.data.code))
    throw new Broken(expected, seenOf(answer))
  const type = answer.headers['content-type'] ?? ''
  if (!type.startsWith('application/problem+json')) {
    throw new Broken('an error to be application/problem+json [C3]', seenOf(answer))
  }
  if (status !== errorStatus[parsed.data.code] || parsed.data.status !== status) {
    throw new Broken(`${expected}, the same status in the body`, seenOf(answer))
  }
  return body
}

/** Returns the names of the fields that a problem calls wrong, in alphabetical order. */
export function fieldsOf({ errors }: Loose): string {
  return Array.isArray(errors)
    ? sorted(errors.map(({ field }: Loose) => field)).join(', ')
    : show(errors)
}

/** Returns the texts in the order of their code units. */
export function sorted(texts: readonly Loose[]): string[] {
  return texts.map(String).toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0))
}

/** [C8] Checks that the answer of a documented operation matches its schema. Unknown fields are allowed. */
export function checkForm(method: string, path: string, answer: Answer): void {
  const found = findOperation(method, path.split('?', 1)[0] ?? '')
  if (!found || method === 'HEAD') return
  const response = Object.entries(found.operation.responses).find(
    ([status]) => Number(status) === answer.status,
  )?.[1]
  if (!response) return
  if (!response.schema) {
    if (answer.text !== '') throw new Broken('no body', seenOf(answer))
    return
  }
  if (answer.body === undefined) throw new Broken('a body that is JSON', seenOf(answer))
  const parsed = response.schema.safeParse(answer.body)
  if (parsed.success) return
  const why = prettifyError(parsed.error).replaceAll('\n', ' ')
  throw new Broken(`the form that is documented (${show(why)})`, seenOf(answer))
}
