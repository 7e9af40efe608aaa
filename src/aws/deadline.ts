import { AsyncLocalStorage } from 'node:async_hooks'

const deadlines = new AsyncLocalStorage<number>()

/** Runs `work`, which must have its answer by `at` on the clock of `performance.now()`. */
export function withDeadline<T>(at: number, work: () => T): T {
  return deadlines.run(at, work)
}

/** Returns the deadline of the code that runs now, or undefined when none is set. */
export function currentDeadline(): number | undefined {
  return deadlines.getStore()
}
