import type { ErrorCode, FieldError } from './wire.ts'

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
  /** What was wrong with which field of the request. */
  readonly errors?: readonly FieldError[] | undefined
  /** Whether the same request may succeed later; by default the code says so. */
  readonly retryable?: boolean | undefined
  readonly cause?: unknown
}

/** The one class of errors that this library throws and reports. `message` says what was wrong, for people. */
export class ChatError extends Error {
  override readonly name = 'ChatError'
  readonly code: ClientErrorCode
  readonly status: number | undefined
  /** Whether the same request may succeed later, unchanged. */
  readonly retryable: boolean
  readonly retryAfterMs: number | undefined
  readonly errors: readonly FieldError[]

  constructor(code: ClientErrorCode, message: string, options: ChatErrorOptions = {}) {
    super(message, { cause: options.cause })
    this.code = code
    this.status = options.status
    this.retryAfterMs = options.retryAfterMs
    this.errors = options.errors ?? []
    this.retryable =
      options.retryable ??
      (code === 'network' ||
        code === 'rate_limited' ||
        code === 'unavailable' ||
        code === 'internal' ||
        (code === 'bad_answer' && (options.status ?? 0) >= 500))
  }
}

/** What was thrown, as a ChatError. */
export function toChatError(error: unknown): ChatError {
  if (error instanceof ChatError) return error
  return new ChatError('internal', error instanceof Error ? error.message : String(error), {
    cause: error,
  })
}
