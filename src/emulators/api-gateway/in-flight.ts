export interface InFlight {
  readonly size: number
  /** Counts a promise until it settles. A rejection is ignored here. */
  track(work: Promise<unknown>): void
  /** Resolves to true when nothing is left, or to false if `timeoutMs` passes first. */
  idle(timeoutMs?: number): Promise<boolean>
}

export function createInFlight(): InFlight {
  const waiting = new Set<() => void>()
  let size = 0

  const release = async (work: Promise<unknown>) => {
    try {
      await work
    } catch {
      // Tracked work reports its own failures.
    }
    size -= 1
    if (size > 0) return
    for (const wake of waiting) wake()
    waiting.clear()
  }

  return {
    get size() {
      return size
    },
    track(work) {
      size += 1
      void release(work)
    },
    idle(timeoutMs) {
      if (size === 0) return Promise.resolve(true)
      return new Promise((resolve) => {
        const timer =
          timeoutMs === undefined
            ? undefined
            : setTimeout(() => {
                waiting.delete(wake)
                resolve(false)
              }, timeoutMs)
        const wake = () => {
          clearTimeout(timer)
          resolve(true)
        }
        waiting.add(wake)
      })
    },
  }
}
