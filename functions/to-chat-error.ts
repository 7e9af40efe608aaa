import { ChatError, ResumingError } from '../src/core/errors.ts'
import { isResuming } from '../src/core/database/resuming.ts'
import { isUnavailable } from '../src/core/database/unavailable.ts'

/**
 * Converts any error to the error that a caller gets. This is the only place that decides it. It reveals no
 * internals.
 */
export function toChatError(error: unknown): ChatError {
  if (error instanceof ChatError) return error
  if (isResuming(error)) return new ResumingError({ cause: error })
  return isUnavailable(error)
    ? new ChatError('unavailable', 'the server cannot answer at the moment: try again', {
        cause: error,
      })
    : new ChatError('internal', 'internal server error: try again later', { cause: error })
}
