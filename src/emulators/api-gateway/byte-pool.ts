/**
 * Bounds the bytes that many clients hold together in this process. Above the bound, the clients that have held bytes
 * for the longest time give them up. A quick client holds its bytes only for moments. So a crowd of slow clients
 * takes memory only from slow clients, and no other client is refused.
 */
export interface BytePool {
  /** Opens a share that holds nothing yet. The pool calls `giveUp` when it has stopped counting the share's bytes. */
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
  // In the order in which they began to hold bytes.
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
