import type * as z from 'zod'
import type { FieldError } from '../../src/protocol/errors.ts'
import { ValidationError } from '../../src/core/errors.ts'
import type { LinkedPage } from '../http/links.ts'
import { parseOrThrow } from '../parse.ts'
import { readQuery, type RequestContext } from '../http/request.ts'

/** A list that shows nothing: its filter has to be mended first. */
export const noRows: LinkedPage<never> = { results: [], next: null, previous: null }

interface Filter<T> {
  /** Without what is wrong. */
  readonly query: T
  readonly errors: readonly FieldError[]
  /** What was typed into the fields that are wrong. */
  readonly typed: Readonly<Record<string, string>>
}

/**
 * The query of a list. What is wrong with the `fields` that people type into comes back, to be shown beside them.
 * Anything else that is wrong was not typed into a form, and is thrown as a `ValidationError`.
 */
export function readFilter<T>(
  c: RequestContext,
  schema: z.ZodType<T>,
  fields: readonly string[],
): Filter<T> {
  try {
    return { query: readQuery(c, schema), errors: [], typed: {} }
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error
    const { errors } = error
    if (!errors.every(({ field }) => fields.includes(field))) throw error
    const given = new URL(c.req.url).searchParams
    const isWrong = (name: string) => errors.some(({ field }) => field === name)
    const [wrong, right] = [true, false].map((which) =>
      Object.fromEntries([...given].filter(([name]) => isWrong(name) === which)),
    )
    return { query: parseOrThrow(schema, right), errors, typed: wrong! }
  }
}
