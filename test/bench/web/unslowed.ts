import type { CDPSession } from 'playwright-core'
import { traceProcessor } from '../trace.ts'
import type { Bench } from './pages.ts'

/**
 * Traces work without the slowdown, and returns the times of its acts multiplied by the slowdown. Chromium slows a page
 * down by stopping its thread again and again, which takes more than it should when other programs want the processor,
 * too.
 */
export async function traceUnslowed(
  { browser, options: { slowdown } }: Bench,
  cdp: CDPSession,
  work: () => Promise<void>,
): Promise<number[]> {
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: 1 })
  const times = await traceProcessor(browser, work)
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: slowdown })
  return times.map((ms) => ms * slowdown)
}
