import { type Figure, median, repeat } from '../figures.ts'
import { type Bench, call, openPage } from '../pages.ts'

/** From the navigation to a field that has the focus. Nothing is in the browser's cache. */
export async function measureStart(bench: Bench): Promise<Figure[]> {
  const { url, world, options } = bench
  await using opened = await openPage(bench)
  const { page, cdp } = opened
  const [room] = world.rooms
  await cdp.send('Network.setCacheDisabled', { cacheDisabled: true })
  const starts = await repeat(options.rounds * 3, async () => {
    await page.goto(`${url}/rooms/${room}`, { waitUntil: 'commit' })
    const typing = await call<number>(page, 'untilTyping()')
    return { typing, messages: await call<number>(page, `untilMessages(${room})`) }
  })
  await cdp.send('Network.setCacheDisabled', { cacheDisabled: false })
  return [
    {
      name: 'ready to type after navigation, median',
      value: median(starts.map(({ typing }) => typing)),
      unit: 'ms',
      most: 1_000,
    },
    {
      name: 'messages shown after navigation, median',
      value: median(starts.map(({ messages }) => messages)),
      unit: 'ms',
    },
  ]
}
