import { isDeepStrictEqual } from 'node:util'

/** The server does something that the rule does not allow. */
export class Broken extends Error {
  override readonly name = 'Broken'
  readonly expected: string
  readonly seen: string

  constructor(expected: string, seen: string) {
    super(`expected ${expected}, but saw ${seen}`)
    this.expected = expected
    this.seen = seen
  }
}

/** The check could not find out whether the rule holds. The message says why. */
export class Untried extends Error {
  override readonly name = 'Untried'
}

/** Formats a value for a report. */
export function show(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))
  return text.length > 400 ? `${text.slice(0, 400)}…` : text
}

/** Checks that `seen` equals `expected` in all its parts. */
export function same(what: string, seen: unknown, expected: unknown): void {
  if (isDeepStrictEqual(seen, expected)) return
  throw new Broken(`${what} to be ${show(expected)}`, show(seen))
}

/**
 * Checks that `seen` has the fields of `expected`, and those of its inner objects. It may have more fields. Arrays must
 * have the same length.
 */
export function like(what: string, seen: unknown, expected: unknown): void {
  if (isLike(seen, expected)) return
  throw new Broken(`${what} to have ${show(expected)}`, show(seen))
}

function isLike(seen: unknown, expected: unknown): boolean {
  if (typeof expected !== 'object' || expected === null) return Object.is(seen, expected)
  if (typeof seen !== 'object' || seen === null) return false
  if (Array.isArray(expected) && (!Array.isArray(seen) || seen.length !== expected.length))
    return false
  const fields = new Map(Object.entries(seen))
  return Object.entries(expected).every(([name, value]) => isLike(fields.get(name), value))
}

/** For conditions that no comparison expresses well. */
export function holds(condition: boolean, expected: string, seen: unknown): void {
  if (!condition) throw new Broken(expected, show(seen))
}
