/**
 * The newest notification that a tab has shown to the user. The tab that shows the next ones reads it: another tab, or
 * the same tab after a reload. Without it, no tab would show the notifications that come between the two.
 */
const prefix = 'quick-connect-told:'
/** A user who comes back later than this sees the number of new notifications, and no notice of each. */
const keptMs = 60_000

export function handOver(userId: number, upTo: number): void {
  try {
    localStorage.setItem(prefix + userId, JSON.stringify([upTo, Date.now()]))
  } catch {
    // The storage is full or closed: what comes meanwhile is not told.
  }
}

/** Takes what the last tab has left, once. null: it has left nothing, or long ago. */
export function takeOver(userId: number): number | null {
  try {
    const left: unknown = JSON.parse(localStorage.getItem(prefix + userId) ?? 'null')
    localStorage.removeItem(prefix + userId)
    if (!Array.isArray(left)) return null
    const [upTo, at] = left.map(Number)
    return upTo! >= 0 && Math.abs(Date.now() - at!) < keptMs ? upTo! : null
  } catch {
    return null
  }
}
