import { setTimeout as sleep } from 'node:timers/promises'
import type { CDPSession, Page } from 'playwright-core'
import type { BenchOptions, MeasureName } from './options.ts'
import { ThreadTime } from './thread-time.ts'
import { traceProcessor, traceTasks } from './trace.ts'
import type { World } from './world.ts'

/** A figure, and its upper bound. */
export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: 'ms' | 'MB' | ''
  /** Absent for a figure that only explains others. */
  readonly most?: number
}

/** The page of a user who is signed in, in a browser of its own. */
export interface Opened {
  readonly page: Page
  readonly cdp: CDPSession
  readonly url: string
  readonly world: World
  readonly options: BenchOptions
}

export type Measure = (opened: Opened) => Promise<Figure[]>

const call = async <T>({ page }: Opened, expression: string): Promise<T> =>
  await page.evaluate<T>(`bench.${expression}`)

const sorted = (values: readonly number[]) => values.toSorted((a, b) => a - b)
const percentile = (values: readonly number[], share: number) =>
  sorted(values)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0
const median = (values: readonly number[]) => percentile(values, 0.5)
const p95 = (values: readonly number[]) => percentile(values, 0.95)
const most = (values: readonly number[]) => values.reduce((a, b) => Math.max(a, b), 0)

async function repeat<T>(count: number, work: (round: number) => Promise<T>): Promise<T[]> {
  const results: T[] = []
  for (let round = 0; round < count; round++) results.push(await work(round))
  return results
}

/**
 * The cost of the slowdown is added to a time that was measured without it. Chromium slows a page down by stopping its
 * thread again and again, which takes more than it should when other programs want the processor, too.
 */
async function traceUnslowed(opened: Opened, work: () => Promise<void>): Promise<number[]> {
  const { page, cdp, options } = opened
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: 1 })
  const times = await traceProcessor(page, work)
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: options.slowdown })
  return times.map((ms) => ms * options.slowdown)
}

/** From the navigation to a field that has the focus. Nothing is in the browser's cache. */
async function measureStart(opened: Opened): Promise<Figure[]> {
  const { page, cdp, url, world, options } = opened
  const [room] = world.rooms
  await cdp.send('Network.setCacheDisabled', { cacheDisabled: true })
  const starts = await repeat(options.rounds * 3, async () => {
    await page.goto(`${url}/rooms/${room}`, { waitUntil: 'commit' })
    const typing = await call<number>(opened, 'untilTyping()')
    return { typing, messages: await call<number>(opened, `untilMessages(${room})`) }
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

/** Measures from a key to the frame that shows its letter, in a room that shows a whole stretch of messages. */
async function measureKeys(opened: Opened): Promise<Figure[]> {
  const { page, options } = opened
  await openRoom(opened, opened.world.large)
  await call(opened, 'watchKeys()')
  const text = 'A sentence of an ordinary length, with @person3, :smile and a few more words. '
  const type = async () => {
    for (const letter of text) {
      await page.keyboard.press(letter)
      // As fast as people type. The frame of the key before is painted by then.
      await sleep(60)
    }
    const keys = await call<number[]>(opened, 'keys()')
    await page.keyboard.press('Control+a')
    await page.keyboard.press('Delete')
    await sleep(200)
    await call<number[]>(opened, 'keys()')
    return keys
  }
  // The first word that can be completed loads the code for completions.
  await type()
  const rounds = await repeat(options.rounds, type)
  const processor = await traceProcessor(page, async () => void (await type()))
  const unslowed = await traceUnslowed(opened, async () => void (await type()))
  // What the browser and the machine take for a key when the page is nothing but a field.
  await page.route('**/empty', async (route) => {
    await route.fulfill({
      contentType: 'text/html',
      body: '<!doctype html><div class="composer"><textarea></textarea></div>',
    })
  })
  await page.goto(`${opened.url}/empty`)
  await page.locator('textarea').focus()
  await call(opened, 'watchKeys()')
  const bare = await traceProcessor(page, async () => void (await type()))
  const bareUnslowed = await traceUnslowed(opened, async () => void (await type()))
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

async function openRoom(opened: Opened, id: number): Promise<void> {
  const { page, url } = opened
  await page.goto(`${url}/rooms/${id}`)
  await call(opened, `untilMessages(${id})`)
  // By now the list of rooms has arrived, and the code that is loaded later.
  await page.locator('.room-row').first().waitFor()
  await sleep(1_000)
}

type Switch = readonly [open: number, shown: number]

const goTo = async (opened: Opened, id: number) => await call<Switch>(opened, `switchTo(${id})`)

/** Measures switches between rooms that were just open, and switches to rooms that were not open yet. */
async function measureSwitches(opened: Opened): Promise<Figure[]> {
  const { world, options } = opened
  const rounds = await repeat(options.rounds, async () => {
    await openRoom(opened, world.rooms[0]!)
    const firsts = await repeat(world.rooms.length, async (n) => {
      const [open, shown] = await goTo(opened, world.rooms[(n + 1) % world.rooms.length]!)
      await sleep(50)
      return { open, shown }
    })
    const some = world.rooms.slice(0, 5)
    for (const id of some) await goTo(opened, id)
    const again = await repeat(100, async (n) => {
      const [, shown] = await goTo(opened, some[n % some.length]!)
      await sleep(20)
      return shown
    })
    return { firsts, again }
  })
  const some = world.rooms.slice(0, 5)
  const goAround = async () => {
    for (let n = 0; n < 50; n++) {
      await goTo(opened, some[n % some.length]!)
      await sleep(20)
    }
  }
  const processor = await traceProcessor(opened.page, goAround)
  const unslowed = await traceUnslowed(opened, goAround)
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

interface Place {
  readonly first: number
  readonly rows: number
  readonly isAtStart: boolean
}

/** A frame of 50 ms or more, and how its time was spent, in milliseconds. */
interface LongFrame {
  /** When it began, in milliseconds since 1970. */
  readonly at: number
  readonly ms: number
  readonly scripts: number
  /** The part of the scripts' time that forced style and layout took. */
  readonly forced: number
  /** Style, layout and paint after the scripts. */
  readonly painting: number
}

type Cause = 'scripts' | 'painting' | 'other'

/** What took half of a long frame or more. */
function causeOf({ ms, scripts, painting }: LongFrame): Cause {
  if (scripts >= ms / 2) return 'scripts'
  return painting >= ms / 2 ? 'painting' : 'other'
}

interface Scrolled {
  readonly seconds: number
  readonly rows: number
  /** The number of messages that were still above when the time was over. */
  readonly left: number
  readonly long: readonly LongFrame[]
  readonly deltas: readonly number[]
  /** What the page's thread got of the processor; null where the system does not tell. */
  readonly thread: ThreadTime | null
}

/** A machine that is too busy does not come to the beginning of a long room. */
const giveUpMs = 20 * 60_000

/** Turns the wheel until the beginning of the room is visible, or the time is over. */
async function scrollToStart(opened: Opened, id: number): Promise<Scrolled> {
  const { page } = opened
  await openRoom(opened, id)
  await page.locator('.message-scroller').hover()
  await call(opened, 'watchFrames(true)')
  const thread = await ThreadTime.of(page)
  const began = performance.now()
  const lookEveryMs = 500
  let rows = 0
  let left = 0
  for (;;) {
    const until = performance.now() + lookEveryMs
    while (performance.now() < until) {
      await page.mouse.wheel(0, -900)
      thread?.look()
      await sleep(8)
    }
    const place = await call<Place>(opened, 'place()')
    rows = Math.max(rows, place.rows)
    if (place.isAtStart) break
    // The figures until then are still useful.
    if (performance.now() - began > giveUpMs) {
      left = Math.max(1, place.first)
      break
    }
  }
  const frames = await call<Pick<Scrolled, 'long' | 'deltas'>>(opened, 'frames()')
  await call(opened, 'watchFrames(false)')
  thread?.look()
  return { seconds: (performance.now() - began) / 1_000, rows, left, thread, ...frames }
}

/** A task of the page's thread is a frame, or a part of one. */
async function traceScroll(opened: Opened): Promise<number[]> {
  const { page, world } = opened
  await openRoom(opened, world.largest)
  await page.locator('.message-scroller').hover()
  return await traceTasks(page, async () => {
    await call(opened, "mark('begin')")
    const until = performance.now() + 10_000
    while (performance.now() < until) {
      await page.mouse.wheel(0, -900)
      await sleep(8)
    }
  })
}

interface Memory {
  /** The scripts' heap in megabytes, and what the browser holds for it, such as elements. */
  readonly heap: number
  /** Elements and texts that are not in the document but still in memory. */
  readonly detached: number
  readonly listeners: number
}

async function readMemory(opened: Opened): Promise<Memory> {
  const { cdp } = opened
  // Collected garbage may release further garbage, so one collection is not enough.
  for (let n = 0; n < 3; n++) {
    await cdp.send('HeapProfiler.collectGarbage')
    await sleep(100)
  }
  const { usedSize, embedderHeapUsedSize, backingStorageSize } =
    await cdp.send('Runtime.getHeapUsage')
  const { nodes, jsEventListeners } = await cdp.send('Memory.getDOMCounters')
  const attached = await call<number>(opened, 'attached()')
  return {
    heap: (usedSize + embedderHeapUsedSize + backingStorageSize) / 1e6,
    detached: nodes - attached,
    listeners: jsEventListeners,
  }
}

/** For so many of the longest frames, the processor time is shown. */
const shownFrames = 5

/** Tells whether the page worked in a long frame, or had to wait for a processor. */
const sharesOf =
  (thread: ThreadTime) =>
  ({ at, ms }: LongFrame, index: number): Figure[] => {
    const { ran, waited } = thread.between(at, at + ms)
    const frame = `long frame ${index + 1}`
    return [
      { name: `${frame}, on the clock`, value: ms, unit: 'ms' },
      { name: `${frame}, processor time of the page's thread`, value: ran, unit: 'ms' },
      { name: `${frame}, other programs had the processor`, value: waited, unit: 'ms' },
    ]
  }

async function measureScroll(opened: Opened): Promise<Figure[]> {
  const tasks = await traceScroll(opened)
  const { long, deltas, rows, left, seconds, thread } = await scrollToStart(
    opened,
    opened.world.largest,
  )
  const { heap, detached } = await readMemory(opened)
  const over = long.filter(({ ms }) => ms > 50)
  const ordered = long.toSorted((a, b) => b.ms - a.ms)
  const [longest] = ordered
  const causes = over.map(causeOf)
  const because = (cause: Cause) => causes.filter((each) => each === cause).length
  return [
    { name: 'messages that were not reached', value: left, unit: '', most: 0 },
    { name: 'longest frame while scrolling', value: longest?.ms ?? 0, unit: 'ms', most: 50 },
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
      value: (opened.options.messages - left) / seconds,
      unit: '',
    },
    { name: 'heap after the scroll', value: heap, unit: 'MB', most: 60 },
    { name: 'detached nodes after the scroll', value: detached, unit: '', most: 5_000 },
  ]
}

async function measureHeap(opened: Opened): Promise<Figure[]> {
  const { world } = opened
  const { rooms } = world
  await scrollToStart(opened, world.large)
  const switchTimes = async (count: number) => {
    for (let n = 0; n < count; n++) await goTo(opened, rooms[n % rooms.length]!)
    // By now the work of the last switches is over.
    await sleep(1_000)
  }
  await switchTimes(200)
  const before = await readMemory(opened)
  await switchTimes(1_000)
  const after = await readMemory(opened)
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

export const measures: Readonly<Record<MeasureName, Measure>> = {
  start: measureStart,
  keys: measureKeys,
  switches: measureSwitches,
  scroll: measureScroll,
  heap: measureHeap,
}
