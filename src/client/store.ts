/**
 * A value that changes. `get` returns the same object until the value changes, so a store fits React's
 * `useSyncExternalStore`, signals, and Svelte as it is.
 */
export interface Store<T> {
  get(): T
  /** Calls `listener` after each change. Returns a function that ends the subscription. */
  subscribe(listener: (value: T) => void): () => void
}

export interface WritableStore<T> extends Store<T> {
  /** Does nothing when the value is the same object. */
  set(value: T): void
}

/** An exception of a listener does not reach the other listeners; `onError` gets it. */
export function createStore<T>(first: T, onError: (error: unknown) => void): WritableStore<T> {
  let value = first
  const listeners = new Set<(value: T) => void>()
  return {
    get: () => value,
    subscribe(listener) {
      // A function that subscribes twice is called twice.
      const own = (next: T) => listener(next)
      listeners.add(own)
      return () => listeners.delete(own)
    },
    set(next) {
      if (next === value) return
      value = next
      for (const listener of Array.from(listeners)) {
        try {
          listener(next)
        } catch (error) {
          onError(error)
        }
      }
    },
  }
}

/** The first value, present or to come, that fits. */
export async function until<T>(
  store: Store<T>,
  fits: (value: T) => boolean,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<T> {
  signal?.throwIfAborted()
  return await new Promise((resolve, reject) => {
    const end = store.subscribe(look)
    function look(value: T): void {
      if (!fits(value)) return
      end()
      signal?.removeEventListener('abort', stop)
      resolve(value)
    }
    function stop(): void {
      end()
      reject(signal?.reason)
    }
    signal?.addEventListener('abort', stop)
    look(store.get())
  })
}
