import { setTimeout as sleep } from 'node:timers/promises'
import { traceProcessor } from '../../trace.ts'
import { type Figure, median, p95, repeat } from '../figures.ts'
import { type Bench, openPage, openRoom, switchTo } from '../pages.ts'
import { traceUnslowed } from '../unslowed.ts'

/** Measures switches between rooms that were just open, and switches to rooms that were not open yet. */
export async function measureSwitches(bench: Bench): Promise<Figure[]> {
  const { world, options } = bench
  await using opened = await openPage(bench)
  const { page, cdp } = opened
  const rounds = await repeat(options.rounds, async () => {
    await openRoom(page, bench, world.rooms[0]!)
    const firsts = await repeat(world.rooms.length, async (n) => {
      const [open, shown] = await switchTo(page, world.rooms[(n + 1) % world.rooms.length]!)
      await sleep(50)
      return { open, shown }
    })
    const some = world.rooms.slice(0, 5)
    for (const id of some) await switchTo(page, id)
    const again = await repeat(100, async (n) => {
      const [, shown] = await switchTo(page, some[n % some.length]!)
      await sleep(20)
      return shown
    })
    return { firsts, again }
  })
  const some = world.rooms.slice(0, 5)
  const goAround = async () => {
    for (let n = 0; n < 50; n++) {
      await switchTo(page, some[n % some.length]!)
      await sleep(20)
    }
  }
  const processor = await traceProcessor(bench.browser, goAround)
  const unslowed = await traceUnslowed(bench, cdp, goAround)
  const firsts = rounds.map(({ firsts }) => firsts)
  const opens = firsts.map((each) => p95(each.map(({ open }) => open)))
  const shown = firsts.map((each) => p95(each.map(({ shown }) => shown)))
  const again = rounds.map((each) => p95(each.again))
  return [
    {
      name: 'switch to a room of before, with messages, p95',
      value: median(again),
      unit: 'ms',
      most: 50,
    },
    { name: 'processor time of such a switch, p95', value: p95(processor), unit: 'ms' },
    { name: 'the same without slowdown × it, p95', value: p95(unslowed), unit: 'ms' },
    { name: 'the same without slowdown × it, median', value: median(unslowed), unit: 'ms' },
    { name: 'switch to a new room, p95', value: median(opens), unit: 'ms', most: 50 },
    { name: 'messages of a new room shown, p95', value: median(shown), unit: 'ms' },
  ]
}
