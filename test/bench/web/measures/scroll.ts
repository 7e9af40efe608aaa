import { traceScreen, traceTasks, traceTiles } from '../../trace.ts'
import { type Figure, most, p95 } from '../figures.ts'
import { readMemory } from '../memory.ts'
import { type Bench, call, openPlainPage, openRoom } from '../pages.ts'
import type { PlainPage } from '../plain-page.ts'
import { type LongFrame, type Place, scrollSpeed, scrollToStart } from '../scroll-to-start.ts'
import type { ThreadTime } from '../thread-time.ts'

type Cause = 'scripts' | 'painting' | 'other'

/** What took half of the work of a long frame or more. */
function causeOf(frame: LongFrame): Cause {
  if (frame.scripts >= frame.ms / 2) return 'scripts'
  return frame.painting >= frame.ms / 2 ? 'painting' : 'other'
}

interface Traced {
  /** The processor time of each task, in milliseconds. A task of the page's thread is a frame, or a part of one. */
  readonly tasks: readonly number[]
  /** The milliseconds from each frame on the screen to the next one. */
  readonly shown: readonly number[]
  /** How many tiles the browser painted for each message that the reader passed. */
  readonly tiles: number
}

const firstOf = async (page: PlainPage) => (await call<Place>(page, 'place()')).first

async function traceScroll(page: PlainPage, bench: Bench): Promise<Traced> {
  await openRoom(page, bench, bench.world.largest)
  await page.point()
  const tasks = await traceTasks(bench.browser, async () => {
    await call(page, "mark('begin')")
    await page.wheelUp(10_000, scrollSpeed)
  })
  const shown = await traceScreen(bench.browser, () => page.wheelUp(10_000, scrollSpeed))
  const above = await firstOf(page)
  const tiles = await traceTiles(bench.browser, () => page.wheelUp(10_000, scrollSpeed))
  return { tasks, shown, tiles: tiles / (above - (await firstOf(page))) }
}

/** Three signals of the display are 50 ms apart, and the browser rounds the time of each to 0.1 ms. */
const threeSignals = 50.2

/** For so many of the longest frames, the processor time is shown. */
const shownFrames = 5

/** Tells whether the page worked in a long frame, or had to wait for a processor. */
const sharesOf =
  (thread: ThreadTime, began: number) =>
  ({ at, ms }: LongFrame, index: number): Figure[] => {
    const { ran, waited, stolen, faults } = thread.between(at, at + ms)
    const frame = `long frame ${index + 1}`
    return [
      { name: `${frame}, after the scroll began`, value: (at - began) / 1_000, unit: 's' },
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
  const { began, long, deltas, rows, left, seconds, thread } = await scrollToStart(
    page,
    bench,
    world.largest,
  )
  const { heap, detached } = await readMemory(page)
  // A page that has scrolled before may give memory back in the middle of the next scroll.
  const { tasks, shown, tiles } = await traceScroll(page, bench)
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
      value: over.length > 0 ? longest!.ms : 0,
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
    ...(thread ? ordered.slice(0, shownFrames).flatMap(sharesOf(thread, began)) : []),
    { name: 'processor time of a task in 10 s, longest', value: most(tasks), unit: 'ms' },
    {
      name: 'tasks over 50 ms of processor time in 10 s',
      value: tasks.filter((ms) => ms > 50).length,
      unit: '',
    },
    {
      name: 'time from frame to frame on the screen in 10 s, longest',
      value: most(shown),
      unit: 'ms',
    },
    { name: 'tiles painted for a message', value: tiles, unit: '' },
    { name: 'frames while scrolling', value: deltas.length, unit: '' },
    { name: 'time from frame to frame, p95', value: p95(deltas), unit: 'ms' },
    { name: 'time from frame to frame, longest', value: most(deltas), unit: 'ms' },
    {
      name: 'times from frame to frame over 50 ms',
      value: deltas.filter((ms) => ms > threeSignals).length,
      unit: '',
      most: 0,
    },
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
