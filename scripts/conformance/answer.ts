import { prettifyError } from 'zod'
import { type ErrorCode, errorStatus, problem } from '../../src/protocol/errors.ts'
import { findOperation } from '../../src/protocol/operations/find-operation.ts'
import { Broken, show } from './expect.ts'
import type { RawAnswer } from './http.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- answers of any form are looked into; most were checked before
export type Loose = any

/** What came back of a request. */
export interface Answer extends RawAnswer {
  /** Which request it answers, for reports. */
  readonly of: string
  /** Undefined when it is not JSON. */
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

/** An answer in few words. */
export function seenOf({ of, status, headers, text }: Answer): string {
  const type = headers['content-type'] ?? 'no content type'
  const isJson = type.includes('json')
  return `${of} answered ${status}${isJson ? '' : `, ${type}`}${text === '' ? '' : `: ${show(text)}`}`
}

/** The body of an answer that has to have this status, and the form that the operation documents for it. */
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

/** A refusal with this code, in the form that C3 gives to errors. Gives the problem. */
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

/** The names of the fields that a problem says are wrong, in the order of the alphabet. */
export function fieldsOf({ errors }: Loose): string {
  return Array.isArray(errors)
    ? sorted(errors.map(({ field }: Loose) => field)).join(', ')
    : show(errors)
}

/** Texts in the order of their code units. */
export function sorted(texts: readonly Loose[]): string[] {
  return texts.map(String).toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0))
}

/** [C8] The answer of a documented operation has the form that its schema gives. Fields that are not known are fine. */
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
