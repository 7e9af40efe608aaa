import { setTimeout as sleep } from 'node:timers/promises'
import { traceProcessor } from '../../trace.ts'
import { type Figure, median, p95, repeat } from '../figures.ts'
import { type Bench, call, openPage, openRoom } from '../pages.ts'
import { traceUnslowed } from '../unslowed.ts'

/** Measures from a key to the frame that shows its letter, in a room that shows a whole stretch of messages. */
export async function measureKeys(bench: Bench): Promise<Figure[]> {
  const { url, world, options } = bench
  await using opened = await openPage(bench)
  const { page, cdp } = opened
  await openRoom(page, bench, world.large)
  await call(page, 'watchKeys()')
  const text = 'A sentence of an ordinary length, with @person3, :smile and a few more words. '
  const type = async () => {
    for (const letter of text) {
      await page.keyboard.press(letter)
      // As fast as people type. The frame of the key before is painted by then.
      await sleep(60)
    }
    const keys = await call<number[]>(page, 'keys()')
    await page.keyboard.press('Control+a')
    await page.keyboard.press('Delete')
    await sleep(200)
    await call<number[]>(page, 'keys()')
    return keys
  }
  // The first word that can be completed loads the code for completions.
  await type()
  const rounds = await repeat(options.rounds, type)
  const processor = await traceProcessor(bench.browser, async () => void (await type()))
  const unslowed = await traceUnslowed(bench, cdp, async () => void (await type()))
  // What the browser and the machine take for a key when the page is nothing but a field.
  await page.route('**/empty', async (route) => {
    await route.fulfill({
      contentType: 'text/html',
      body: '<!doctype html><div class="composer"><textarea></textarea></div>',
    })
  })
  await page.goto(`${url}/empty`)
  await page.locator('textarea').focus()
  await call(page, 'watchKeys()')
  const bare = await traceProcessor(bench.browser, async () => void (await type()))
  const bareUnslowed = await traceUnslowed(bench, cdp, async () => void (await type()))
  return [
    { name: 'key to paint, p95', value: median(rounds.map(p95)), unit: 'ms', most: 16 },
    { name: 'key to paint, median', value: median(rounds.map(median)), unit: 'ms' },
    { name: 'processor time from key to paint, p95', value: p95(processor), unit: 'ms' },
    { name: 'processor time from key to paint, median', value: median(processor), unit: 'ms' },
    { name: 'the same in an empty page, p95', value: p95(bare), unit: 'ms' },
    { name: 'the same in an empty page, median', value: median(bare), unit: 'ms' },
    { name: 'processor time without slowdown × it, p95', value: p95(unslowed), unit: 'ms' },
    { name: 'processor time without slowdown × it, median', value: median(unslowed), unit: 'ms' },
    { name: 'the same in an empty page, p95', value: p95(bareUnslowed), unit: 'ms' },
    { name: 'the same in an empty page, median', value: median(bareUnslowed), unit: 'ms' },
  ]
}
