import { bodyMaxBytes } from '../../protocol/limits.ts'
import { operations } from '../../protocol/operations/index.ts'

interface HttpRequest {
  readonly method: string
  /** The path, decoded. */
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

/**
 * How many bytes of a request's body the API reads. It does not read the body of a request that is not an
 * operation, or whose operation has no body.
 */
export function bodyBytesOfApi({ method, path }: HttpRequest): number {
  return paths.get(method)?.some(({ pattern }) => pattern.test(path)) ? bodyMaxBytes : 0
}

/** How many bytes of a request's body the admin's pages read. Only their forms have a body, and forms are posted. */
export function bodyBytesOfAdmin({ method }: HttpRequest): number {
  return method === 'POST' ? bodyMaxBytes : 0
}
