/** Times on the wire: UTC, milliseconds, `Z` [C1]. */
export function wireTime(time: Date): string {
  return time.toISOString()
}

export function wireTimeOrNull(time: Date | null): string | null {
  return time && wireTime(time)
}
