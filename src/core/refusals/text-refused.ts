/** Why a text is not published, though its author may write to the room. */
import { heldMessagesMax } from '../../protocol/limits.ts'
import { ChatError, RateLimitedError, ValidationError } from '../errors.ts'

export type TextStatus = 'too_long' | 'room_limited' | 'held' | 'too_many_held'

interface Refusal {
  readonly status: TextStatus
  readonly retry_after_ms: number | null
  /** Of the room's own limit: characters, or texts in `limit_seconds`. */
  readonly limit_count: number | null
  readonly limit_seconds: number | null
}

export function textRefused(row: Refusal): ChatError {
  const { limit_count: count, limit_seconds: seconds } = row
  switch (row.status) {
    case 'too_long':
      return new ValidationError([
        { field: 'message', message: `must be at most ${count} characters long in this room` },
      ])
    case 'room_limited':
      return roomLimited(count ?? 1, seconds ?? 1, row.retry_after_ms ?? 1_000)
    case 'held':
      return new ChatError(
        'held',
        'an admin looks at this text before others see it: wait, and do not send it again',
      )
    case 'too_many_held':
      return new ChatError(
        'conflict',
        `${heldMessagesMax} of your messages wait for an admin to look at them: send this one later`,
      )
  }
}

function roomLimited(count: number, seconds: number, retryAfterMs: number): RateLimitedError {
  const texts = count === 1 ? 'one message' : `${count} messages`
  const error = new RateLimitedError(
    retryAfterMs,
    `a member of this room sends and edits at most ${texts} in ${seconds} s`,
  )
  error.limit = {
    limit: count,
    remaining: 0,
    // The next one comes free when this is left of the whole bucket.
    resetMs: retryAfterMs + ((count - 1) * seconds * 1_000) / count,
  }
  return error
}
