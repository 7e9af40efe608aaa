import type { Metrics } from '../ports.ts'

/** Adds how long messages have taken from when they were stored until now, when they are pushed. */
export function measurePush(
  metrics: Metrics,
  messages: readonly { readonly timestamp: string }[],
): void {
  for (const { timestamp } of messages) {
    // The clocks of the database and of this machine may differ by some milliseconds.
    metrics.add('SendToPushLatency', Math.max(0, Date.now() - Date.parse(timestamp)))
  }
}
