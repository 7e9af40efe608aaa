import { types } from 'pg'

/** pg's own parser, for every form of a time. */
const readAnyTime = types.getTypeParser(types.builtins.TIMESTAMPTZ)

/** The day of the time that was read last, such as `2026-12-01`, and when it began. */
let date = ''
let dateMs = NaN

/**
 * Reads a time (`timestamptz`) of PostgreSQL, such as `2026-12-01 12:30:00.123456+00`. It returns the same as pg's
 * parser, in a fifth of the time, because most times that are read one after another are of the same day, and in UTC.
 */
export function readTime(text: string): unknown {
  // A year with more than four digits, before Christ, or without an end has another form. Other zones are rare.
  if (text[4] !== '-' || !text.endsWith('+00')) return readAnyTime(text)
  const day = text.slice(0, 10)
  if (day !== date) {
    dateMs = Date.parse(day)
    date = day
  }
  const seconds = 3_600 * twoDigits(text, 11) + 60 * twoDigits(text, 14) + twoDigits(text, 17)
  return new Date(dateMs + 1_000 * seconds + milliseconds(text))
}

function twoDigits(text: string, at: number): number {
  return 10 * digit(text, at) + digit(text, at + 1)
}

/** The first three digits after the point. PostgreSQL writes no zeros at the end. */
function milliseconds(text: string): number {
  const count = text.length - 23
  return (
    (count > 0 ? 100 * digit(text, 20) : 0) +
    (count > 1 ? 10 * digit(text, 21) : 0) +
    (count > 2 ? digit(text, 22) : 0)
  )
}

function digit(text: string, at: number): number {
  return text.charCodeAt(at) - 48
}
