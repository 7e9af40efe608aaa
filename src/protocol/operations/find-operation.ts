import { operations } from './index.ts'
import type { Operation } from './operation.ts'

/** Of a word and a parameter, the word comes first, as in hono. */
const paths = Object.entries(operations)
  .map(([id, operation]) => ({ id, operation, words: wordsOf(operation.path) }))
  .toSorted((a, b) => parametersIn(a.words) - parametersIn(b.words))

/** The operation that a request is for, and its id. `HEAD` is that of `GET`. */
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
