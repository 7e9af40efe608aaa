import type * as z from 'zod'
import { parse } from '../src/protocol/parse.ts'
import { ChatError, ValidationError } from '../src/core/errors.ts'

/** Parses a value at the edge. Throws a ValidationError that lists the wrong fields. */
export function parseOrThrow<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = parse(schema, value)
  if (!parsed.ok) throw new ValidationError(parsed.errors)
  return parsed.value
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    throw new ChatError('bad_request', 'this is not valid JSON', { cause })
  }
}
