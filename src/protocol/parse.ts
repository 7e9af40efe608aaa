import type * as z from 'zod'
import type { FieldError } from './errors.ts'

export type Parsed<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly errors: FieldError[] }

/** So that the answer to many wrong names, or long ones, fits a frame [W4]. */
const errorsMax = 20
const fieldMaxCharacters = 64

/** Parses what came from outside; says of every field what is wrong with it, of so many as can be read. */
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
      message: 'is not known here',
    }))
  }
  return [{ field, message: describe(issue) }]
}

function describe(issue: z.core.$ZodIssue): string {
  const isMissing = issue.input === undefined
  switch (issue.code) {
    case 'invalid_type':
      return isMissing ? 'is needed' : `must be ${names[issue.expected] ?? issue.expected}`
    case 'invalid_value':
      return isMissing ? 'is needed' : `must be one of ${issue.values.join(', ')}`
    case 'invalid_union':
      // A frame whose `action` is not one of ours.
      return 'options' in issue && Array.isArray(issue.options)
        ? `must be one of ${issue.options.join(', ')}`
        : 'is not of a known form'
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
