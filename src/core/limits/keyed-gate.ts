import { RateLimitedError } from '../errors.ts'

/**
 * Does `work` when few enough things with the same key are being done in this process. What has to wait does so here,
 * in the order in which it came, and holds no database connection meanwhile.
 */
export type KeyedGate = <T>(key: string, work: () => Promise<T>) => Promise<T>

export interface KeyedGateOptions {
  /** So many things with one key are done at the same time. */
  readonly atOnce: number
  /** So many more wait; a further one is refused with `rate_limited`. */
  readonly waiting: number
}

interface Gate {
  running: number
  readonly queue: (() => void)[]
}

/** It bounds one process alone: on Lambda each process has one request at a time, so there nothing ever waits. */
export function createKeyedGate({ atOnce, waiting }: KeyedGateOptions): KeyedGate {
  const gates = new Map<string, Gate>()

  return async (key, work) => {
    const gate = gates.get(key) ?? { running: 0, queue: [] }
    gates.set(key, gate)
    if (gate.running < atOnce) gate.running += 1
    else {
      if (gate.queue.length >= waiting)
        throw new RateLimitedError(1_000, 'too many requests at once')
      // Whoever has finished gives its place to this one, so that nobody overtakes it.
      await new Promise<void>((resolve) => gate.queue.push(resolve))
    }
    try {
      return await work()
    } finally {
      const next = gate.queue.shift()
      if (next) next()
      else {
        gate.running -= 1
        if (gate.running === 0) gates.delete(key)
      }
    }
  }
}
