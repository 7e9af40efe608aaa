/** Time, and what is by chance. Tests give their own. */
export interface Clock {
  /** Milliseconds of a clock that never jumps. */
  readonly now: () => number
  /** Milliseconds since 1970; it may be wrong. */
  readonly wall: () => number
  /** Calls `run` once after `ms`; what it returns keeps it from that. */
  readonly setTimer: (run: () => void, ms: number) => () => void
  /** Between 0 and 1. */
  readonly random: () => number
}

export const realClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  setTimer(run, ms) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
  random: Math.random,
}
