import { RateLimitedError } from '../errors.ts'

/**
 * Runs `work` when few enough tasks with the same key are running in this process. Tasks that have to wait start in the
 * order in which they came. They hold no database connection while they wait.
 */
export type KeyedGate = <T>(key: string, work: () => Promise<T>) => Promise<T>

export interface KeyedGateOptions {
  /** How many tasks with one key run at the same time. */
  readonly atOnce: number
  /** How many more may wait. A further one is refused with `rate_limited`. */
  readonly waiting: number
}

interface Gate {
  running: number
  readonly queue: (() => void)[]
}

/** It limits this process only. A process on Lambda has one request at a time, so nothing ever waits there. */
export function createKeyedGate({ atOnce, waiting }: KeyedGateOptions): KeyedGate {
  const gates = new Map<string, Gate>()

  return async (key, work) => {
    const gate = gates.get(key) ?? { running: 0, queue: [] }
    gates.set(key, gate)
    if (gate.running < atOnce) gate.running += 1
    else {
      if (gate.queue.length >= waiting)
        throw new RateLimitedError(1_000, 'too many requests at once')
      // A finished task passes its place on to this one, so that no newer task overtakes it.
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
