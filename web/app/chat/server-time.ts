import { signal } from '@preact/signals'
import type { Outgoing } from '../../../src/client/index.ts'

/** A clock that is wrong by less is believed: an answer takes its time, and has its own time in whole seconds. */
const toleranceMs = 2 * 60_000

/** What is to be added to this device's clock to have the server's; 0 where the two agree. */
const skewMs = signal(0)

/** The difference of the clocks, in milliseconds. Who renders by it renders again when it changes. */
export const clockSkew = (): number => skewMs.value

/** The time by the server's clock. What is shown as "Today" follows it, as the times of messages do. */
export const serverNow = (): number => Date.now() + skewMs.value

/** When a message was sent that the server has not stored yet. */
export const sentAt = ({ order }: Outgoing): number => Math.min(order + skewMs.value, serverNow())

/** Compares the clocks by the `Date` of an answer. Answers of the API are never kept by the browser [C4]. */
export function hearTime(response: Response): Response {
  const skew = Date.parse(response.headers.get('Date') ?? '') - Date.now()
  if (Math.abs(skew - skewMs.peek()) >= toleranceMs) {
    skewMs.value = Math.abs(skew) < toleranceMs ? 0 : skew
  }
  return response
}
