import type * as z from 'zod'
import type { FieldError } from '../../src/protocol/errors.ts'
import { ValidationError } from '../../src/core/errors.ts'
import type { LinkedPage } from '../http/links.ts'
import { parseOrThrow } from '../parse.ts'
import { readQuery, type RequestContext } from '../http/request.ts'

/** An empty list. It is shown while the filter has errors. */
export const noRows: LinkedPage<never> = { results: [], next: null, previous: null }

interface Filter<T> {
  /** The valid part of the filter. */
  readonly query: T
  readonly errors: readonly FieldError[]
  /** The typed values of the wrong fields. */
  readonly typed: Readonly<Record<string, string>>
}

/**
 * Reads the query of a list. It returns the errors of `fields`, which people type into, so that the page can show them.
 * Other errors cannot come from a form, and are thrown as a `ValidationError`.
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
