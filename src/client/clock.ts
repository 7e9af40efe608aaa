/** Time and random numbers. Tests provide their own. */
export interface Clock {
  /** Milliseconds of a clock that never jumps. */
  readonly now: () => number
  /** Milliseconds since 1970. The clock may be wrong. */
  readonly wall: () => number
  /** Calls `run` once after `ms`. Returns a function that cancels it. */
  readonly setTimer: (run: () => void, ms: number) => () => void
  /** A random number between 0 and 1. */
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
