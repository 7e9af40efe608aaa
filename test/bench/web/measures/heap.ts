import { setTimeout as sleep } from 'node:timers/promises'
import type { Figure } from '../figures.ts'
import { readMemory } from '../memory.ts'
import { type Bench, openPlainPage, switchTo } from '../pages.ts'
import { scrollToStart } from '../scroll-to-start.ts'

/** Measures what the page keeps after a long scroll and many switches, and whether further switches add to it. */
export async function measureHeap(bench: Bench): Promise<Figure[]> {
  const { world } = bench
  const { rooms } = world
  await using page = await openPlainPage(bench)
  await scrollToStart(page, bench, world.large)
  const switchTimes = async (count: number) => {
    for (let n = 0; n < count; n++) await switchTo(page, rooms[n % rooms.length]!)
    // By now the work of the last switches is over.
    await sleep(1_000)
  }
  await switchTimes(200)
  const before = await readMemory(page)
  await switchTimes(1_000)
  const after = await readMemory(page)
  return [
    {
      name: 'heap after 10,000 messages and 200 switches',
      value: before.heap,
      unit: 'MB',
      most: 60,
    },
    {
      name: 'growth of the heap over 1,000 switches',
      value: after.heap - before.heap,
      unit: 'MB',
      most: 0.5,
    },
    {
      name: 'more detached nodes after 1,000 switches',
      value: after.detached - before.detached,
      unit: '',
      most: 500,
    },
    {
      name: 'more listeners after 1,000 switches',
      value: after.listeners - before.listeners,
      unit: '',
      most: 50,
    },
    { name: 'detached nodes at the end', value: after.detached, unit: '' },
  ]
}
