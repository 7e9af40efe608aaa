import type { Limit } from '../../src/core/limits/limit.ts'

/** What is done with a malformed frame. */
export type Verdict = 'answer' | 'ignore' | 'close'

/** [W9] Counts the frames that no statement counts, by their connection. */
export type MalformedFrames = (connectionId: string) => Verdict

/** Further connections push out those that have sent none for the longest. */
const connectionsMax = 10_000

/**
 * So many in a time are answered; the next as many are ignored, for an answer costs more than the frame; and
 * then the socket is closed. On AWS each execution environment counts those that it is given.
 */
export function createMalformedFrames(
  { count, seconds }: Limit,
  now = () => performance.now(),
): MalformedFrames {
  const periodMs = seconds * 1_000
  /** When all that a connection has sent will have been forgotten. */
  const forgottenAt = new Map<string, number>()
  return (connectionId) => {
    const until = Math.max(now(), forgottenAt.get(connectionId) ?? 0) + periodMs / count
    // Of a Map the entry that was set last is the last one only when it is new.
    forgottenAt.delete(connectionId)
    const periods = (until - now()) / periodMs
    if (periods > 2) return 'close'
    forgottenAt.set(connectionId, until)
    if (forgottenAt.size > connectionsMax) {
      forgottenAt.delete(forgottenAt.keys().next().value!)
    }
    return periods > 1 ? 'ignore' : 'answer'
  }
}
