const now = performance.now.bind(performance)
let skipped = 0

/**
 * Sets the clock of this process that only goes forward ahead by so much, for good: what has seen a later time must
 * not see an earlier one.
 */
export function skipTime(ms: number): void {
  skipped += ms
  performance.now = () => now() + skipped
}
