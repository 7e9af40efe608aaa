import { operations } from './index.ts'
import type { Operation } from './operation.ts'

/** The operations, those with fewer parameters first: a literal word matches before a parameter, as in hono. */
const paths = Object.entries(operations)
  .map(([id, operation]) => ({ id, operation, words: wordsOf(operation.path) }))
  .toSorted((a, b) => parametersIn(a.words) - parametersIn(b.words))

/** Returns the operation of a request, and its id. `HEAD` is treated as `GET`. */
export function findOperation(
  method: string,
  pathname: string,
): { id: string; operation: Operation } | undefined {
  const given = wordsOf(pathname)
  return paths.find(
    ({ operation, words }) =>
      operation.method === (method === 'HEAD' ? 'GET' : method) && matches(words, given),
  )
}

function wordsOf(path: string): string[] {
  return path.replace(/\/$/, '').split('/')
}

function matches(words: readonly string[], given: readonly string[]): boolean {
  return (
    words.length === given.length &&
    words.every((word, at) => (word.startsWith('{') ? given[at] !== '' : word === given[at]))
  )
}

function parametersIn(words: readonly string[]): number {
  return words.filter((word) => word.startsWith('{')).length
}
