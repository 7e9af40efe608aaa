import { AsyncLocalStorage } from 'node:async_hooks'

const ids = new AsyncLocalStorage<string>()

/** Runs `work` with a request id. Its logs and metrics have this id, and so do the wake-ups that it sends. */
export function withRequestId<T>(id: string, work: () => T): T {
  return ids.run(id, work)
}

/** The id of the request, frame or connect that is being served. In a worker, the ids of those that woke it. */
export function currentRequestId(): string | undefined {
  return ids.getStore()
}
