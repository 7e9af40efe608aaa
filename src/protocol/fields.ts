import * as z from 'zod'
import {
  bioMaxCodePoints,
  clientIdMaxCharacters,
  descriptionMaxCodePoints,
  displayNameMaxCodePoints,
  messageMaxCodePoints,
  pageLimit,
  titleMaxCodePoints,
} from './limits.ts'

/** [C1] A positive integer below 2^53. */
export const id = z.int().min(1)
export const seq = z.int().nonnegative()

/** PostgreSQL's text holds no NUL, and UTF-8 no unpaired surrogate: both are refused, never replaced. */
function storable(schema: z.ZodString) {
  return schema
    .refine((value) => !value.includes('\0'), 'must not contain a NUL character')
    .refine((value) => value.isWellFormed(), 'must not contain an unpaired surrogate')
}

/** Whether `value` has at most `max` code points. Its length in UTF-16 units settles most cases without counting. */
function hasAtMost(value: string, max: number): boolean {
  if (value.length <= max) return true
  if (value.length > max * 2) return false
  let count = 0
  for (const _ of value) count++
  return count <= max
}

/** Trimmed text of `min` to `max` code points; everything else of Unicode goes through unchanged. */
export function text(min: number, max: number) {
  return storable(z.string().trim())
    .refine((value) => value.length >= min, `must not be empty`)
    .refine((value) => hasAtMost(value, max), `must be at most ${max} characters long`)
    .meta({ minLength: min, maxLength: max })
}

export const messageText = text(1, messageMaxCodePoints)
export const title = text(1, titleMaxCodePoints)
export const displayName = text(1, displayNameMaxCodePoints)
export const description = text(0, descriptionMaxCodePoints)
export const bio = text(0, bioMaxCodePoints)

export const clientId = storable(z.string().min(1))
  .refine(
    (value) => hasAtMost(value, clientIdMaxCharacters),
    `must be at most ${clientIdMaxCharacters} characters long`,
  )
  .meta({ maxLength: clientIdMaxCharacters })

/** A number in a query string: digits only, so that `1e3`, ` 1` and `0x1` are refused. */
function digits<T extends z.ZodType<number, number>>(schema: T) {
  return z
    .string()
    .regex(/^\d{1,16}$/, 'must be a whole number')
    .transform(Number)
    .pipe(schema)
}

const largest = Number.MAX_SAFE_INTEGER
export const queryId = digits(id).meta({ type: 'integer', minimum: 1, maximum: largest })
export const querySeq = digits(seq).meta({ type: 'integer', minimum: 0, maximum: largest })
export const queryLimit = digits(
  z.int().min(1, 'must be 1 to 100').max(pageLimit.max, `must be 1 to ${pageLimit.max}`),
)
  .meta({
    type: 'integer',
    minimum: 1,
    maximum: pageLimit.max,
    description: `How many there are at most, by default ${pageLimit.default}`,
  })
  .default(pageLimit.default)

/** [C4] A keyset position: after or before the row with this key. On the wire `a123` or `b123`. */
export interface Cursor<Key = number> {
  readonly direction: 'after' | 'before'
  readonly key: Key
}

export const cursorFault = 'is not one of ours: take it from next or previous'
export const queryCursor = z
  .string()
  .regex(/^[ab]\d{1,16}$/, cursorFault)
  .transform((text): Cursor => ({ direction: directionOf(text), key: Number(text.slice(1)) }))
  .refine(({ key }) => Number.isSafeInteger(key), cursorFault)
  .meta({ description: 'Where a page begins: as in `next` and `previous` of another' })

/** The same in a list in the order of names, which are lower case here. */
export const queryNameCursor = z
  .string()
  .regex(/^[ab][a-z0-9_]{1,32}$/, cursorFault)
  .transform((text): Cursor<string> => ({ direction: directionOf(text), key: text.slice(1) }))

export function directionOf(cursor: string): Cursor['direction'] {
  return cursor.startsWith('a') ? 'after' : 'before'
}

export const queryFlag = z.enum(['true', 'false']).transform((value) => value === 'true')

/** Times on the wire: UTC, milliseconds, `Z`. */
export const timestamp = z.iso.datetime({ precision: 3 })

/** [C4] A page of a list; `next` and `previous` are paths to ask for, or null. */
export function page<T extends z.ZodType>(item: T) {
  return z.object({
    results: z.array(item),
    next: z.string().nullable(),
    previous: z.string().nullable(),
  })
}
