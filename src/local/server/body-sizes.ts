import { bodyMaxBytes } from '../../protocol/limits.ts'
import { operations } from '../../protocol/operations/index.ts'

interface HttpRequest {
  readonly method: string
  /** Decoded. */
  readonly path: string
}

/** Paths of the operations that read a body, by method. */
const paths = Map.groupBy(
  Object.values(operations)
    .filter(({ body }) => body !== undefined)
    .map(({ method, path }) => ({
      method: method as string,
      pattern: new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+').replace(/\/$/, '')}/?$`),
    })),
  ({ method }) => method,
)

/** How much of a request's body the API reads: of what is no operation, or reads none, nothing. */
export function bodyBytesOfApi({ method, path }: HttpRequest): number {
  return paths.get(method)?.some(({ pattern }) => pattern.test(path)) ? bodyMaxBytes : 0
}

/** Likewise the admin's pages, whose forms are posted. */
export function bodyBytesOfAdmin({ method }: HttpRequest): number {
  return method === 'POST' ? bodyMaxBytes : 0
}
