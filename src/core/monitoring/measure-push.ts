import type { Metrics } from '../ports.ts'

/** Records the time from the storing of each message until now, when it is sent. */
export function measurePush(
  metrics: Metrics,
  messages: readonly { readonly timestamp: string }[],
): void {
  for (const { timestamp } of messages) {
    // The clocks of the database and of this machine may differ by some milliseconds.
    metrics.add('SendToPushLatency', Math.max(0, Date.now() - Date.parse(timestamp)))
  }
}
