import type { ErrorCode, FieldError, Problem } from './wire.ts'

/**
 * Why something failed. Beside the codes of the server there are four of the client's own:
 * - `network`: no answer came. The request may have been done.
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
  /** Of `unavailable`: the database was paused, and is waking up. */
  readonly reason?: Problem['reason']
  /** What was wrong with which field of the request. */
  readonly errors?: readonly FieldError[]
  /** Whether the same request may succeed later; by default the code says so. */
  readonly retryable?: boolean
  readonly cause?: unknown
}

/** The one class of errors that this library throws and reports. `message` says what was wrong, for people. */
export class ChatError extends Error {
  declare readonly code: ClientErrorCode
  declare readonly status: number | undefined
  /** Whether the same request may succeed later, unchanged. */
  declare readonly retryable: boolean
  declare readonly retryAfterMs: number | undefined
  /** `resuming`: the database was paused, and is waking up. */
  declare readonly reason: Problem['reason']
  declare readonly errors: readonly FieldError[]

  constructor(code: ClientErrorCode, message: string, options: ChatErrorOptions = {}) {
    super(message, options)
    const retryable = /^(net|rate|unav|int)/.test(code)
    Object.assign(this, { name: 'ChatError', code, errors: [], retryable, ...options })
  }
}

/** What was thrown, as a ChatError. */
export function toChatError(error: unknown): ChatError {
  if (error instanceof ChatError) return error
  return new ChatError('internal', error instanceof Error ? error.message : String(error), {
    cause: error,
  })
}
