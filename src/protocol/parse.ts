import type * as z from 'zod'
import type { FieldError } from './errors.ts'

export type Parsed<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly errors: FieldError[] }

/** Both limits keep the answer within a frame [W4], even for many wrong or very long field names. */
const errorsMax = 20
const fieldMaxCharacters = 64

/** Parses a value from outside. The errors say what is wrong with each field, up to `errorsMax` of them. */
export function parse<T>(schema: z.ZodType<T>, value: unknown): Parsed<T> {
  const result = schema.safeParse(value, { reportInput: true })
  if (result.success) return { ok: true, value: result.data }
  return { ok: false, errors: result.error.issues.flatMap(toFieldErrors).slice(0, errorsMax) }
}

function toFieldErrors(issue: z.core.$ZodIssue): FieldError[] {
  const field = issue.path.join('.').slice(0, fieldMaxCharacters)
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      field: key.slice(0, fieldMaxCharacters),
      message: 'is not a known field',
    }))
  }
  return [{ field, message: describe(issue) }]
}

function describe(issue: z.core.$ZodIssue): string {
  const isMissing = issue.input === undefined
  switch (issue.code) {
    case 'invalid_type':
      return isMissing ? 'is required' : `must be ${names[issue.expected] ?? issue.expected}`
    case 'invalid_value':
      return isMissing ? 'is required' : `must be one of ${issue.values.join(', ')}`
    case 'invalid_union':
      // A frame with an unknown `action`.
      return 'options' in issue && Array.isArray(issue.options)
        ? `must be one of ${issue.options.join(', ')}`
        : 'has an unknown form'
    case 'too_small':
      return `must be at least ${issue.minimum}${unit(issue.origin)}`
    case 'too_big':
      return `must be at most ${issue.maximum}${unit(issue.origin)}`
    case 'invalid_key':
      return issue.issues[0]?.message ?? 'is not a valid key'
    default:
      return issue.message
  }
}

function unit(origin: string): string {
  return origin === 'string' ? ' characters long' : ''
}

const names: Record<string, string> = {
  int: 'a whole number below 2^53',
  number: 'a number',
  string: 'text',
  object: 'a JSON object',
  record: 'a JSON object',
  array: 'a list',
  boolean: 'true or false',
}
