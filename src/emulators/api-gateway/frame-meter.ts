import type { WebSocketLimits } from './limits.ts'
import { createTokenBucket } from './token-bucket.ts'

export interface FrameMeter {
  /** Counts a frame, and returns whether it should be handled. */
  take(): boolean
}

/**
 * Counts the frames of one connection. Frames above the rate are ignored, because a refusal would cost as much as the
 * frame. If the ignored frames alone are above that rate, the connection is a flood.
 */
export function createFrameMeter(
  {
    framesPerSecond: perSecond,
    frameBurst: burst,
  }: Pick<WebSocketLimits, 'framesPerSecond' | 'frameBurst'>,
  { onIgnored, onFlood }: { onIgnored: () => void; onFlood: () => void },
): FrameMeter {
  const handled = createTokenBucket({ perSecond, burst })
  const ignored = createTokenBucket({ perSecond, burst })
  let hasIgnored = false
  return {
    take() {
      if (handled.take()) return true
      if (!ignored.take()) onFlood()
      else if (!hasIgnored) onIgnored()
      hasIgnored = true
      return false
    },
  }
}
