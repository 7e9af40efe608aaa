import type * as z from 'zod'
import { parse } from '../src/protocol/parse.ts'
import { ChatError, ValidationError } from '../src/core/errors.ts'

/** Parses input with a schema. Throws a ValidationError that names the faults of each field. */
export function parseOrThrow<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = parse(schema, value)
  if (!parsed.ok) throw new ValidationError(parsed.errors)
  return parsed.value
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    throw new ChatError('bad_request', 'this is not JSON', { cause })
  }
}
