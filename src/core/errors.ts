import type { ErrorCode, FieldError } from '../protocol/errors.ts'

/** What a caller did that cannot be done, told to them as it is: `message` says what to do. */
export class ChatError extends Error {
  override readonly name: string = 'ChatError'
  readonly code: ErrorCode
  /** Of a request that counts as a send: how many more the user may send at once [C6]. */
  sendsLeft: number | undefined

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

export class ValidationError extends ChatError {
  override readonly name = 'ValidationError'
  readonly errors: FieldError[]

  constructor(errors: FieldError[]) {
    super(
      'bad_request',
      errors.map(({ field, message }) => (field ? `${field} ${message}` : message)).join('; '),
    )
    this.errors = errors
  }
}

/** How a limit stands, for the headers of what it refuses [C6]. */
export interface LimitShown {
  readonly limit: number
  readonly remaining: number
  readonly resetMs: number
}

export class RateLimitedError extends ChatError {
  override readonly name = 'RateLimitedError'
  readonly retryAfterMs: number
  /** Where it is not the limit that the answers of the operation tell of anyway. */
  limit: LimitShown | undefined

  constructor(retryAfterMs: number, what = 'too many requests') {
    super('rate_limited', `${what}: try again in ${Math.ceil(retryAfterMs / 1000)} s`)
    this.retryAfterMs = retryAfterMs
  }
}

/** The database is there and will soon answer: it resumes after a pause, or is starting. */
export class ResumingError extends ChatError {
  override readonly name = 'ResumingError'
  readonly reason = 'resuming'
  /** A third of the time that it takes: up to 15 s, and longer after days. */
  readonly retryAfterMs = 5_000

  constructor(options?: ErrorOptions) {
    super('unavailable', 'the database is waking up: try again in 5 s', options)
  }
}

/** [C7] One answer for what does not exist and for what the caller may not see. */
export function noSuchRoom(): ChatError {
  return new ChatError('not_found', 'no such room')
}

export function noSuchUser(): ChatError {
  return new ChatError('not_found', 'no such user')
}

/** [C7] Another's session is none. */
export function noSuchSession(): ChatError {
  return new ChatError('not_found', 'no such session')
}

/** Other events have numbers too: those are no messages. */
export function noSuchMessage(): ChatError {
  return new ChatError('not_found', 'no such message')
}

export function sessionEnded(): ChatError {
  return new ChatError('session_revoked', 'this session has ended: log in again')
}

/** Without a text where only the status is at hand: why, and until when, is what a login answers. */
export function accountSuspended(
  text = 'this account is suspended: log in to see why, and until when',
): ChatError {
  return new ChatError('forbidden', text)
}
