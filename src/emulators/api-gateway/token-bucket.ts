export interface TokenBucket {
  /** Takes a token. Returns false if none is left. */
  take(): boolean
}

export interface TokenBucketOptions {
  perSecond: number
  burst: number
  /** A clock in milliseconds that only goes forward. */
  clock?: () => number
}

/**
 * API Gateway's throttle: at most `burst` tokens, refilled at `perSecond`. Several APIs may share a bucket, as the
 * APIs of an account do.
 */
export function createTokenBucket({
  perSecond,
  burst,
  clock = () => performance.now(),
}: TokenBucketOptions): TokenBucket {
  let tokens = burst
  let filledAt = clock()
  return {
    take() {
      // Infinity times zero is NaN.
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
