import { type ErrorCode, errorStatus } from '../../src/protocol/errors.ts'
import { RateLimitedError, ResumingError } from '../../src/core/errors.ts'
import { readRequestId, type RequestContext } from '../http/request.ts'
import type { AdminRuntime } from '../runtime.ts'
import { toChatError } from '../to-chat-error.ts'
import { html } from './html.ts'
import { adminLayout, type PageViewer } from './layout.ts'

const titles: Partial<Record<ErrorCode, string>> = {
  not_found: 'Not found',
  conflict: 'The action was not done',
  rate_limited: 'Too many attempts',
  unavailable: 'Not available at the moment',
  internal: 'Something went wrong',
}

/** Responds with a page that tells what went wrong. It reveals no internals. */
export async function respondWithError(
  c: RequestContext,
  runtime: AdminRuntime,
  error: unknown,
  viewer?: PageViewer,
): Promise<Response> {
  const told = toChatError(error)
  runtime.tally.count(told.code)
  const requestId = readRequestId(c)
  if (told.code === 'internal' || told.code === 'unavailable') {
    runtime.log.error('a page failed', {
      requestId,
      method: c.req.method,
      route: c.req.path,
      error,
    })
  }
  if (told instanceof RateLimitedError || told instanceof ResumingError) {
    c.header('Retry-After', String(Math.ceil(told.retryAfterMs / 1000)))
  }
  const page = {
    title: titles[told.code] ?? 'This is not possible',
    body: html`<p>${capital(told.message)}.</p>
      <p><a href="/admin/">${viewer ? 'Back to the overview' : 'Back to the admin pages'}</a></p>`,
  }
  return c.html(adminLayout(page, viewer), errorStatus[told.code])
}

/** Makes the first letter of a text upper case. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
