import { setTimeout as sleep } from 'node:timers/promises'
import { traceTasks } from '../../trace.ts'
import { type Figure, most, p95 } from '../figures.ts'
import { readMemory } from '../memory.ts'
import { type Bench, call, openPlainPage, openRoom } from '../pages.ts'
import type { PlainPage } from '../plain-page.ts'
import { type LongFrame, scrollToStart } from '../scroll-to-start.ts'
import type { ThreadTime } from '../thread-time.ts'

type Cause = 'scripts' | 'painting' | 'other'

/** What took half of a long frame or more. */
function causeOf({ ms, scripts, painting }: LongFrame): Cause {
  if (scripts >= ms / 2) return 'scripts'
  return painting >= ms / 2 ? 'painting' : 'other'
}

/** A task of the page's thread is a frame, or a part of one. */
async function traceScroll(page: PlainPage, bench: Bench): Promise<number[]> {
  await openRoom(page, bench, bench.world.largest)
  await page.point()
  return await traceTasks(bench.browser, async () => {
    await call(page, "mark('begin')")
    const until = performance.now() + 10_000
    while (performance.now() < until) {
      await page.wheel(-900)
      await sleep(8)
    }
  })
}

/** For so many of the longest frames, the processor time is shown. */
const shownFrames = 5

/** Tells whether the page worked in a long frame, or had to wait for a processor. */
const sharesOf =
  (thread: ThreadTime) =>
  ({ at, ms }: LongFrame, index: number): Figure[] => {
    const { ran, waited, stolen, faults } = thread.between(at, at + ms)
    const frame = `long frame ${index + 1}`
    return [
      { name: `${frame}, on the clock`, value: ms, unit: 'ms' },
      { name: `${frame}, processor time of the page's thread`, value: ran, unit: 'ms' },
      { name: `${frame}, other programs had the processor`, value: waited, unit: 'ms' },
      { name: `${frame}, the host had processors`, value: stolen, unit: 'ms' },
      { name: `${frame}, pages of memory read from the disk`, value: faults, unit: '' },
    ]
  }

/** Scrolls the largest room from its end to its beginning, and counts the frames that took too long. */
export async function measureScroll(bench: Bench): Promise<Figure[]> {
  const { world, options } = bench
  await using page = await openPlainPage(bench)
  const { long, deltas, rows, left, seconds, thread } = await scrollToStart(
    page,
    bench,
    world.largest,
  )
  const { heap, detached } = await readMemory(page)
  // A page that has scrolled before may give memory back in the middle of the next scroll.
  const tasks = await traceScroll(page, bench)
  const over = long.filter(({ ms }) => ms > 50)
  const ordered = long.toSorted((a, b) => b.ms - a.ms)
  const [longest] = ordered
  const causes = over.map(causeOf)
  const because = (cause: Cause) => causes.filter((each) => each === cause).length
  return [
    { name: 'messages that were not reached', value: left, unit: '', most: 0 },
    // The browser reports no shorter frames.
    {
      name: 'longest frame over 50 ms, 0 without any',
      value: longest?.ms ?? 0,
      unit: 'ms',
      most: 50,
    },
    { name: 'scripts in the longest frame', value: longest?.scripts ?? 0, unit: 'ms' },
    { name: 'of that, layout that they forced', value: longest?.forced ?? 0, unit: 'ms' },
    { name: 'style, layout and paint in it', value: longest?.painting ?? 0, unit: 'ms' },
    { name: 'frames over 50 ms', value: over.length, unit: '', most: 0 },
    { name: 'of these, scripts took half', value: because('scripts'), unit: '' },
    { name: 'of these, style, layout and paint took half', value: because('painting'), unit: '' },
    {
      name: 'of these, the page waited or the browser worked',
      value: because('other'),
      unit: '',
    },
    ...(thread ? ordered.slice(0, shownFrames).flatMap(sharesOf(thread)) : []),
    { name: 'processor time of a task in 10 s, longest', value: most(tasks), unit: 'ms' },
    {
      name: 'tasks over 50 ms of processor time in 10 s',
      value: tasks.filter((ms) => ms > 50).length,
      unit: '',
    },
    { name: 'frames while scrolling', value: deltas.length, unit: '' },
    { name: 'time from frame to frame, p95', value: p95(deltas), unit: 'ms' },
    { name: 'rows in the document at most', value: rows, unit: '' },
    {
      name: 'messages passed in a second',
      value: (options.messages - left) / seconds,
      unit: '',
    },
    { name: 'heap after the scroll', value: heap, unit: 'MB', most: 60 },
    { name: 'detached nodes after the scroll', value: detached, unit: '', most: 5_000 },
  ]
}
