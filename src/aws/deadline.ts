import { AsyncLocalStorage } from 'node:async_hooks'

const deadlines = new AsyncLocalStorage<number>()

/** Gives `work` until `at`, on the clock of `performance.now()`, to have its answer. */
export function withDeadline<T>(at: number, work: () => T): T {
  return deadlines.run(at, work)
}

/** Until when whoever runs now may wait; undefined when nobody has said. */
export function currentDeadline(): number | undefined {
  return deadlines.getStore()
}
