import { AsyncLocalStorage } from 'node:async_hooks'

const impatient = new AsyncLocalStorage<true>()

/** Runs `work`. If the database is paused, its calls wake it up, but do not wait until it has resumed. */
export function withoutWaitingForResume<T>(work: () => T): T {
  return impatient.run(true, work)
}

/** Whether the current call may wait for a database that resumes. */
export function mayWaitForResume(): boolean {
  return impatient.getStore() === undefined
}

const cannotConnectNow = '57P03'

/** Whether the database is not ready yet: it resumes after a pause, or PostgreSQL is starting. */
export function isResuming(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && at.code === cannotConnectNow) return true
  }
  return false
}
