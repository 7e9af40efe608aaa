import { AsyncLocalStorage } from 'node:async_hooks'

const impatient = new AsyncLocalStorage<true>()

/** A database that is paused resumes when it is called, but `work` does not wait until it has. */
export function withoutWaitingForResume<T>(work: () => T): T {
  return impatient.run(true, work)
}

/** Whether the present call may wait for a database that resumes. */
export function mayWaitForResume(): boolean {
  return impatient.getStore() === undefined
}

const cannotConnectNow = '57P03'

/** Whether the database is there, and not yet ready: it resumes after a pause, or PostgreSQL is starting. */
export function isResuming(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && at.code === cannotConnectNow) return true
  }
  return false
}
