const dayMs = 86_400_000
const two = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, '0'))
const three = Array.from({ length: 1_000 }, (_, n) => String(n).padStart(3, '0'))

/** The number of the day that was written last, and how its times begin, such as `2026-12-01T`. */
let day = NaN
let date = ''

/**
 * Times on the wire: UTC, milliseconds, `Z` [C1]. It returns the same as `toISOString`, in a quarter of the time, because
 * most times that are written one after another are of the same day. An answer can have a hundred times.
 */
export function wireTime(time: Date): string {
  const ms = time.getTime()
  const dayOf = Math.floor(ms / dayMs)
  if (dayOf !== day) {
    date = time.toISOString().slice(0, -'00:00:00.000Z'.length)
    day = dayOf
  }
  const rest = ms - dayOf * dayMs
  const hours = two[Math.floor(rest / 3_600_000)]
  const minutes = two[Math.floor(rest / 60_000) % 60]
  const seconds = two[Math.floor(rest / 1_000) % 60]
  return `${date}${hours}:${minutes}:${seconds}.${three[rest % 1_000]}Z`
}

export function wireTimeOrNull(time: Date | null): string | null {
  return time && wireTime(time)
}
