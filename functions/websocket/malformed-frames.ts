import type { Limit } from '../../src/core/context.ts'
import { createLocalBuckets } from '../../src/core/limits/local-buckets.ts'

/** What is done with a malformed frame. */
export type Verdict = 'answer' | 'ignore' | 'close'

/** [W9] Counts the frames that no statement counts, by their connection. */
export type MalformedFrames = (connectionId: string) => Verdict

/** Further connections push out those that have sent none for the longest. */
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
  // Its upper half is for frames that are answered.
  const bucket = { count: 2 * count, seconds: 2 * seconds }
  return (connectionId) => {
    const { remaining, retryAfterMs } = buckets.take(connectionId, bucket)
    if (retryAfterMs !== undefined) return 'close'
    return remaining >= count ? 'answer' : 'ignore'
  }
}
