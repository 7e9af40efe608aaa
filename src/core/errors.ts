import type { ErrorCode, FieldError } from '../protocol/errors.ts'

/** An error for the caller, who gets it as it is. `message` says what was wrong and what to do. */
export class ChatError extends Error {
  override readonly name: string = 'ChatError'
  readonly code: ErrorCode
  /** [C6] For a request that counts as a send: how many more messages the user may send at once. */
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

/** [C6] The state of a limit, for the headers of a refusal. */
export interface LimitShown {
  readonly limit: number
  readonly remaining: number
  readonly resetMs: number
}

export class RateLimitedError extends ChatError {
  override readonly name = 'RateLimitedError'
  readonly retryAfterMs: number
  /** The limit that refused the request. Undefined if the headers of the operation show that limit already. */
  limit: LimitShown | undefined

  constructor(retryAfterMs: number, what = 'too many requests') {
    super('rate_limited', `${what}: try again in ${Math.ceil(retryAfterMs / 1000)} s`)
    this.retryAfterMs = retryAfterMs
  }
}

/** The database will answer soon: it resumes after a pause, or is starting. */
export class ResumingError extends ChatError {
  override readonly name = 'ResumingError'
  readonly reason = 'resuming'
  /** A third of the time that resuming takes: up to 15 s, and longer after days of pause. */
  readonly retryAfterMs = 5_000

  constructor(options?: ErrorOptions) {
    super('unavailable', 'the database is waking up: try again in 5 s', options)
  }
}

/**
 * [M7] A search has indexed for as long as it may, and more messages wait. The next search goes on, so it helps to
 * repeat.
 */
export class IndexingError extends ChatError {
  override readonly name = 'IndexingError'
  readonly reason = 'indexing'
  readonly retryAfterMs = 2_000

  constructor(options?: ErrorOptions) {
    super(
      'unavailable',
      'many new messages have to be indexed before this search: try again in 2 s',
      options,
    )
  }
}

/** [C7] The same error for a room that does not exist and for one that the caller may not see. */
export function noSuchRoom(): ChatError {
  return new ChatError('not_found', 'no such room')
}

export function noSuchUser(): ChatError {
  return new ChatError('not_found', 'no such user')
}

/** [C7] The same error for a session that does not exist and for a session of another user. */
export function noSuchSession(): ChatError {
  return new ChatError('not_found', 'no such session')
}

/** There is no message at this `seq`. Other events have a `seq`, too. */
export function noSuchMessage(): ChatError {
  return new ChatError('not_found', 'no such message')
}

export function sessionEnded(): ChatError {
  return new ChatError('session_revoked', 'this session has ended: log in again')
}

/** The default text is for statements that return only the status. A login tells the reason and the end. */
export function accountSuspended(
  text = 'this account is suspended: log in to see why, and until when',
): ChatError {
  return new ChatError('forbidden', text)
}
