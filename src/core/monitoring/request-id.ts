import { AsyncLocalStorage } from 'node:async_hooks'

const ids = new AsyncLocalStorage<string>()

/** What `work` logs and measures has this id, and so do the wake-ups that it sends. */
export function withRequestId<T>(id: string, work: () => T): T {
  return ids.run(id, work)
}

/** Of the request, frame or connect that is served; in a worker, of those that it was woken by. */
export function currentRequestId(): string | undefined {
  return ids.getStore()
}
