import type { Limit } from '../context.ts'
import type { LimitState } from './limit.ts'

/**
 * Token buckets in the memory of this process. Like those in the database, a bucket is one number: the time at which it
 * is full again (docs/decisions/limits-as-one-time.md). Charging one needs no statement and no waiting.
 */
export interface LocalBuckets {
  /**
   * Spends `cost` from the bucket of `key`, and never more than it holds when it is full. Whether there was enough is
   * in `retryAfterMs`.
   */
  readonly take: (key: string, limit: Limit, cost?: number) => LimitState
  /** Makes it refuse for so long, because the same limit is used up elsewhere. */
  readonly refuseFor: (key: string, limit: Limit, ms: number) => LimitState
}

/** The maximum number of keys. A further key replaces the least recently charged one. */
const keysMax = 20_000

/** Times are sums of fractions, so a smaller difference than this counts as none. */
const roundingMs = 1e-6

export function createLocalBuckets(max = keysMax, now = () => performance.now()): LocalBuckets {
  const fullAt = new Map<string, number>()

  function set(key: string, at: number): void {
    // A Map puts only new entries at its end, so the old one is deleted first.
    fullAt.delete(key)
    fullAt.set(key, at)
    if (fullAt.size > max) fullAt.delete(fullAt.keys().next().value!)
  }

  return {
    take: (key, limit, cost = 1) => {
      const at = now()
      const periodMs = limit.seconds * 1_000
      const before = Math.max(at, fullAt.get(key) ?? 0)
      const spent = Math.min(cost, limit.count)
      const after = before + (spent * periodMs) / limit.count
      if (after > at + periodMs + roundingMs) return stateOf(limit, before - at, spent)
      set(key, after)
      return stateOf(limit, after - at)
    },
    refuseFor: (key, limit, ms) => {
      const resetMs = limit.seconds * 1_000 * (1 - 1 / limit.count) + ms
      set(key, now() + resetMs)
      return stateOf(limit, resetMs, 1)
    },
  }
}

/** The state of a bucket that is full again in `resetMs`. `refused` is the cost that the bucket could not pay. */
function stateOf({ count, seconds }: Limit, resetMs: number, refused = 0): LimitState {
  const [periodMs, oneMs] = [seconds * 1_000, (seconds * 1_000) / count]
  return {
    limit: count,
    remaining: Math.max(0, Math.floor((periodMs - resetMs + roundingMs) / oneMs)),
    resetMs,
    retryAfterMs:
      refused > 0
        ? Math.max(1, Math.ceil(resetMs + refused * oneMs - periodMs - roundingMs))
        : undefined,
  }
}
