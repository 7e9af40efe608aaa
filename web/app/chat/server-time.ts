import { signal } from '@preact/signals'
import type { Outgoing } from '../../../src/client/index.ts'

/**
 * A smaller difference of the clocks is ignored: an answer takes time, and gives its time in whole seconds.
 */
const toleranceMs = 2 * 60_000

/** The difference to add to this device's clock to get the server's time; 0 when the two agree. */
const skewMs = signal(0)

/** The difference of the clocks, in milliseconds. A component that uses it renders again when it changes. */
export const clockSkew = (): number => skewMs.value

/** Returns the time by the server's clock. Labels such as "Today" follow it, like the times of messages. */
export const serverNow = (): number => Date.now() + skewMs.value

/** Returns the time of a message that the server has not stored yet. */
export const sentAt = ({ order }: Outgoing): number => Math.min(order + skewMs.value, serverNow())

/** Compares the clocks by the `Date` of an answer. The browser never caches answers of the API [C4]. */
export function hearTime(response: Response): Response {
  const skew = Date.parse(response.headers.get('Date') ?? '') - Date.now()
  if (Math.abs(skew - skewMs.peek()) >= toleranceMs) {
    skewMs.value = Math.abs(skew) < toleranceMs ? 0 : skew
  }
  return response
}
