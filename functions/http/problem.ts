import { STATUS_CODES } from 'node:http'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { errorStatus, type Problem } from '../../src/protocol/errors.ts'
import {
  type ChatError,
  IndexingError,
  RateLimitedError,
  ResumingError,
  ValidationError,
} from '../../src/core/errors.ts'
import type { RequestContext } from './request.ts'
import { withText } from './with-text.ts'

/** [C3] Responds with an error as a problem document (RFC 9457). */
export function respondWithProblem(c: RequestContext, error: ChatError): Response {
  const isBrief = error instanceof ResumingError || error instanceof IndexingError
  const status: ContentfulStatusCode = errorStatus[error.code]
  const problem: Problem = {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: error.message,
    code: error.code,
    ...(isBrief && { reason: error.reason }),
    ...(error instanceof ValidationError && { errors: error.errors }),
  }
  if (status === 401) c.header('WWW-Authenticate', 'Bearer')
  if (error instanceof RateLimitedError || isBrief) {
    c.header('Retry-After', String(Math.ceil(error.retryAfterMs / 1000)))
  } else if (error.code === 'unavailable') c.header('Retry-After', '2')
  const head = c.body(null, status, { 'Content-Type': 'application/problem+json' })
  return withText(head, JSON.stringify(problem))
}
