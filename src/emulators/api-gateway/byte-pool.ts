/**
 * Bounds the bytes that many clients hold together in this process. When they are too many, those who have
 * held theirs for the longest give them up. A client that is quick holds its bytes for moments only, so a
 * crowd of slow clients takes the room of the slow, and nobody else is refused.
 */
export interface BytePool {
  /** Opens a share that holds nothing yet. The pool calls `giveUp` once it counts the share's bytes no more. */
  open(giveUp: () => void): PoolShare
}

export interface PoolShare {
  /** Sets how many bytes the share holds now. A share that held nothing takes the last place in the order. */
  hold(bytes: number): void
}

interface Holder {
  held: number
  readonly giveUp: () => void
}

export function createBytePool(maxBytes: number): BytePool {
  // In the order in which they began to hold something.
  const holders = new Set<Holder>()
  let total = 0

  function count(holder: Holder, bytes: number): void {
    total += bytes - holder.held
    holder.held = bytes
    if (bytes === 0) holders.delete(holder)
    else holders.add(holder)
  }

  return {
    open(giveUp) {
      const own: Holder = { held: 0, giveUp }
      return {
        hold(bytes) {
          if (bytes === own.held) return
          count(own, bytes)
          for (const oldest of holders) {
            if (total <= maxBytes) return
            count(oldest, 0)
            oldest.giveUp()
          }
        },
      }
    },
  }
}
