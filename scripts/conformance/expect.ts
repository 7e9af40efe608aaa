import { isDeepStrictEqual } from 'node:util'

/** The server does something else than the rule says. */
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

/** It could not be found out whether the rule holds. The message says why. */
export class Untried extends Error {
  override readonly name = 'Untried'
}

/** Values as they are shown in a report. */
export function show(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))
  return text.length > 400 ? `${text.slice(0, 400)}…` : text
}

/** `seen` is `expected`, in all its parts. */
export function same(what: string, seen: unknown, expected: unknown): void {
  if (isDeepStrictEqual(seen, expected)) return
  throw new Broken(`${what} to be ${show(expected)}`, show(seen))
}

/** `seen` has the fields of `expected`, and those of its inner objects. It may have others. Arrays are as long. */
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

/** For what no comparison says well. */
export function holds(condition: boolean, expected: string, seen: unknown): void {
  if (!condition) throw new Broken(expected, show(seen))
}
