/**
 * Waits until what was done before this is paid for, at so many units in a second. Then it counts `units` as done.
 * The first call never waits, even if it is large. So a pace delays a crowd, but not a single caller.
 */
export type Pace = (units: number) => Promise<void>

/** Timers are no more exact than this: a shorter wait is skipped, and the next one is longer by it. */
const shortestMs = 1

export function createPace(unitsPerSecond: number): Pace {
  let paidAt = 0
  return async (units) => {
    const now = performance.now()
    const waitMs = paidAt - now
    paidAt = Math.max(now, paidAt) + (units * 1_000) / unitsPerSecond
    if (waitMs >= shortestMs) await pause(waitMs)
  }
}

/** The timer keeps the process alive: on Lambda an invocation ends when nothing else does. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
