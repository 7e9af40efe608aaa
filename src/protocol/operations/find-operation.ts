import { operations } from './index.ts'
import type { Operation } from './operation.ts'

/** The operation that a request is for, and its id. `HEAD` is that of `GET`. */
export function findOperation(
  method: string,
  pathname: string,
): { id: string; operation: Operation } | undefined {
  const candidates = Object.entries(operations).filter(
    ([, operation]) =>
      operation.method === (method === 'HEAD' ? 'GET' : method) &&
      matches(operation.path, pathname),
  )
  // As hono has it: of a word and a parameter, the word.
  const [id, operation] =
    candidates.toSorted(([, a], [, b]) => parametersIn(a.path) - parametersIn(b.path))[0] ?? []
  return id === undefined || !operation ? undefined : { id, operation }
}

function matches(pattern: string, pathname: string): boolean {
  const [words, given] = [pattern, pathname].map((path) => path.replace(/\/$/, '').split('/'))
  return (
    words!.length === given!.length &&
    words!.every((word, at) => (word.startsWith('{') ? given![at] !== '' : word === given![at]))
  )
}

function parametersIn(path: string): number {
  return path.split('{').length - 1
}
