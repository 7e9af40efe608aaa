import type { ErrorCode, FieldError, Problem } from './wire.ts'

/**
 * The reason of a failure. In addition to the codes of the server, the client has four codes:
 * - `network`: no answer came. The server may have done the request.
 * - `bad_answer`: the answer is not one of a Quick Connect server, such as a page of HTML.
 * - `storage`: the storage that the caller provided failed.
 * - `signed_out`: there is no session, or it has ended.
 */
export type ClientErrorCode = ErrorCode | 'network' | 'bad_answer' | 'storage' | 'signed_out'

export interface ChatErrorOptions {
  /** The HTTP status, if there was one. */
  readonly status?: number | undefined
  /** Milliseconds until the same request may succeed. */
  readonly retryAfterMs?: number | undefined
  /** Only with `unavailable`: `resuming` or `indexing`. */
  readonly reason?: Problem['reason']
  /** The errors of the request's fields. */
  readonly errors?: readonly FieldError[]
  /** Whether the same request may succeed later. The default depends on the code. */
  readonly retryable?: boolean
  readonly cause?: unknown
}

/** The only class of errors that this library throws and reports. `message` tells people what was wrong. */
export class ChatError extends Error {
  declare readonly code: ClientErrorCode
  declare readonly status: number | undefined
  /** Whether the same request may succeed later, unchanged. */
  declare readonly retryable: boolean
  declare readonly retryAfterMs: number | undefined
  /** `resuming`: the database was paused, and is resuming. `indexing`: a search has to be repeated. */
  declare readonly reason: Problem['reason']
  declare readonly errors: readonly FieldError[]

  constructor(code: ClientErrorCode, message: string, options: ChatErrorOptions = {}) {
    super(message, options)
    const retryable = /^(net|rate|unav|int)/.test(code)
    Object.assign(this, { name: 'ChatError', code, errors: [], retryable, ...options })
  }
}

/** Converts anything that was thrown to a ChatError. */
export function toChatError(error: unknown): ChatError {
  if (error instanceof ChatError) return error
  return new ChatError('internal', error instanceof Error ? error.message : String(error), {
    cause: error,
  })
}
