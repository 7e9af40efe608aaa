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
import { hasAtMost, hasVisible } from './visible.ts'

/** [C1] A positive integer below 2^53. */
export const id = z.int().min(1)
export const seq = z.int().nonnegative()

/** PostgreSQL cannot store NUL, and UTF-8 has no unpaired surrogates. Both are refused, never replaced. */
function storable(schema: z.ZodString) {
  return schema
    .refine((value) => !value.includes('\0'), 'must not contain a NUL character')
    .refine((value) => value.isWellFormed(), 'must not contain an unpaired surrogate')
}

/**
 * Text of `min` to `max` code points. A text that is not empty must have a visible character. Spaces around it
 * are trimmed. All other characters stay unchanged.
 */
export function text(min: 0 | 1, max: number) {
  return withLength(storable(z.string().trim()), min, max)
}

function withLength(schema: z.ZodString, min: 0 | 1, max: number) {
  return schema
    .refine((value) => value.length >= min, 'must not be empty')
    .refine(
      (value) => min === 0 || value === '' || hasVisible(value),
      'must have at least one visible character',
    )
    .refine((value) => hasAtMost(value, max), `must be at most ${max} characters long`)
    .meta({ minLength: min, maxLength: max })
}

/**
 * A line for people to read, such as a title or a name, of `min` to `max` code points of any script. It is put
 * into NFC, so that a search finds it however it is typed. Line breaks become spaces. Other control characters
 * are removed, and so are the characters that change the direction of the text around the line. (Marks of
 * direction stay: they affect only the character beside them, and Hebrew and Arabic titles need them.)
 */
export function visibleLine(min: 0 | 1, max: number) {
  const readable = storable(z.string()).refine((value) => value.length <= lineMaxLength(max), {
    error: `must be at most ${max} characters long`,
    abort: true,
  })
  return withLength(readable.overwrite(toLine), min, max)
}

/**
 * A longer text is refused before it is normalized, because NFC has to sort its marks, which can take long. One
 * code point of the result comes from at most four, and each of these has at most two UTF-16 units. The rest is
 * room for the spaces that are trimmed.
 */
function lineMaxLength(max: number): number {
  return 8 * max + 64
}

const lineBreaks = /[\t\n\v\f\r\u0085\u2028\u2029]+/g
const controls = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu

function toLine(text: string): string {
  return text.replace(lineBreaks, ' ').replace(controls, '').normalize('NFC').trim()
}

/**
 * [M1] The text of a message. Empty lines before it and spaces after it are removed. The first line keeps its
 * indentation.
 */
export const messageText = withLength(
  storable(z.string().overwrite(trimMessage)),
  1,
  messageMaxCodePoints,
).describe(
  'Must have a visible character. Empty lines before the text and white space after it are removed',
)

function trimMessage(text: string): string {
  let start = text.length - text.trimStart().length
  while (start > 0 && /[\t\p{Zs}]/u.test(text[start - 1]!)) start--
  return text.slice(start).trimEnd()
}

export const title = visibleLine(1, titleMaxCodePoints).describe(
  'One line: line breaks become spaces, control characters are removed, and the text is put into NFC',
)
export const displayName = visibleLine(1, displayNameMaxCodePoints)
export const description = text(0, descriptionMaxCodePoints)
export const bio = text(0, bioMaxCodePoints)

export const clientId = storable(z.string().min(1))
  .refine(
    (value) => hasAtMost(value, clientIdMaxCharacters),
    `must be at most ${clientIdMaxCharacters} characters long`,
  )
  .meta({ maxLength: clientIdMaxCharacters })

/** A number in a query string. Only digits are allowed, so `1e3`, ` 1` and `0x1` are refused. */
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
    description: `The most entries of a page, by default ${pageLimit.default}`,
  })
  .default(pageLimit.default)

/** [C4] A keyset position: after or before the row with this key. On the wire it is `a123` or `b123`. */
export interface Cursor<Key = number> {
  readonly direction: 'after' | 'before'
  readonly key: Key
}

export const cursorFault = 'is not a valid cursor: take it from next or previous'
export const queryCursor = z
  .string()
  .regex(/^[ab]\d{1,16}$/, cursorFault)
  .transform((text): Cursor => ({ direction: directionOf(text), key: Number(text.slice(1)) }))
  .refine(({ key }) => Number.isSafeInteger(key), cursorFault)
  .meta({ description: 'Where the page begins. Take it from `next` or `previous` of another page' })

/** The same for a list in the order of names. The names are in lower case here. */
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

/** [C4] A page of a list. `next` and `previous` are the paths of other pages, or null. */
export function page<T extends z.ZodType>(item: T) {
  return z.object({
    results: z.array(item),
    next: z.string().nullable(),
    previous: z.string().nullable(),
  })
}
