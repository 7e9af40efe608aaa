export interface TokenBucket {
  /** Takes a token, or answers false when none is left. */
  take(): boolean
}

export interface TokenBucketOptions {
  perSecond: number
  burst: number
  /** Milliseconds that only go forward. */
  clock?: () => number
}

/** API Gateway's throttle: `burst` tokens at most, refilled at `perSecond`. One may be shared by several APIs, as an account's is. */
export function createTokenBucket({
  perSecond,
  burst,
  clock = () => performance.now(),
}: TokenBucketOptions): TokenBucket {
  let tokens = burst
  let filledAt = clock()
  return {
    take() {
      // Infinity times no time at all is not a number.
      if (burst === Infinity) return true
      const now = clock()
      tokens = Math.min(burst, tokens + ((now - filledAt) / 1000) * perSecond)
      filledAt = now
      if (tokens < 1) return false
      tokens -= 1
      return true
    },
  }
}
