import { ChatError, ResumingError } from '../src/core/errors.ts'
import { isResuming } from '../src/core/database/resuming.ts'
import { isUnavailable } from '../src/core/database/unavailable.ts'

/**
 * Turns any error into the error that the caller gets. Only this place decides it. Unexpected errors reveal nothing
 * internal.
 */
export function toChatError(error: unknown): ChatError {
  if (error instanceof ChatError) return error
  if (isResuming(error)) return new ResumingError({ cause: error })
  return isUnavailable(error)
    ? new ChatError('unavailable', 'the chat cannot answer just now: try again', { cause: error })
    : new ChatError('internal', 'something went wrong on our side', { cause: error })
}
