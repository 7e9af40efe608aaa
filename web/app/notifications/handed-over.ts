/**
 * Up to which notification a tab has told the user, for the tab that tells next: another one, or the same one after a
 * reload. Without it, what comes between the two would be told by nobody.
 */
const prefix = 'quick-connect-told:'
/** Whoever comes back after a longer time sees the number of what is new, and no notice of each. */
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
