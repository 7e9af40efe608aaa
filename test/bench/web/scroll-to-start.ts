import { setTimeout as sleep } from 'node:timers/promises'
import { type Bench, call, openRoom } from './pages.ts'
import type { PlainPage } from './plain-page.ts'
import { ThreadTime } from './thread-time.ts'

/** Where a reader is in a room. */
export interface Place {
  /** The lowest number of a message in the document. */
  readonly first: number
  readonly rows: number
  readonly isAtStart: boolean
}

/** A frame of 50 ms or more, and how its time was spent, in milliseconds. */
export interface LongFrame {
  /** When it began, in milliseconds since 1970. */
  readonly at: number
  readonly ms: number
  readonly scripts: number
  /** The part of the scripts' time that forced style and layout took. */
  readonly forced: number
  /** Style, layout and paint after the scripts. */
  readonly painting: number
}

interface Scrolled {
  /** When it began, in milliseconds since 1970. */
  readonly began: number
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
const giveUpMs = 40 * 60_000

/**
 * How long a reader reads before they scroll, in milliseconds. V8 gives memory back to the system while a page does
 * little, some seconds after it was loaded. Each time stops the page for longer than an ordinary collection of garbage. A
 * page that is read has this behind it.
 */
const tidyMs = 30_000

/** Faster than anybody reads: the page always has rows to add. In pixels per second. */
export const scrollSpeed = 54_000

/** Turns the wheel until the beginning of the room is visible, or the time is over. */
export async function scrollToStart(page: PlainPage, bench: Bench, id: number): Promise<Scrolled> {
  await openRoom(page, bench, id)
  // A program that was told to stop does not wait for this.
  await sleep(tidyMs, undefined, { ref: false })
  await page.point()
  await call(page, 'watchFrames(true)')
  const thread = await ThreadTime.of(bench.browser)
  const began = performance.now()
  const lookEveryMs = 1_000
  let rows = 0
  let left = 0
  const looking = setInterval(() => thread?.look(), 10)
  using _ = { [Symbol.dispose]: () => clearInterval(looking) }
  for (;;) {
    await page.wheelUp(lookEveryMs, scrollSpeed)
    const place = await call<Place>(page, 'place()')
    rows = Math.max(rows, place.rows)
    if (place.isAtStart) break
    // The figures until then are still useful.
    if (performance.now() - began > giveUpMs) {
      left = Math.max(1, place.first)
      break
    }
  }
  const frames = await call<Pick<Scrolled, 'long' | 'deltas'>>(page, 'frames()')
  await call(page, 'watchFrames(false)')
  thread?.look()
  return {
    began: performance.timeOrigin + began,
    seconds: (performance.now() - began) / 1_000,
    rows,
    left,
    thread,
    ...frames,
  }
}
