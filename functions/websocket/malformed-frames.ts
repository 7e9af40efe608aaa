import type { Limit } from '../../src/core/context.ts'
import { createLocalBuckets } from '../../src/core/limits/local-buckets.ts'

/** What the handler does with a malformed frame. */
export type FrameVerdict = 'answer' | 'ignore' | 'close'

/** [W9] Counts malformed frames by connection. They reach no SQL statement that could count them. */
export type MalformedFrames = (connectionId: string) => FrameVerdict

/** With more connections, those that have sent no malformed frame for the longest time are forgotten. */
const connectionsMax = 10_000

/**
 * A connection may send `count` malformed frames in `seconds`, and each is answered. The next `count` frames are
 * ignored, because an answer costs more than the frame. Then the socket is closed. On AWS each execution
 * environment counts the frames that it is given.
 */
export function createMalformedFrames(
  { count, seconds }: Limit,
  now = () => performance.now(),
): MalformedFrames {
  const buckets = createLocalBuckets(connectionsMax, now)
  // Frames in the upper half of the allowance are answered.
  const bucket = { count: 2 * count, seconds: 2 * seconds }
  return (connectionId) => {
    const { remaining, retryAfterMs } = buckets.take(connectionId, bucket)
    if (retryAfterMs !== undefined) return 'close'
    return remaining >= count ? 'answer' : 'ignore'
  }
}
