/** Decides how much the list does in a frame, so that no frame takes long. */

/**
 * How long a frame may take to make rows. The browser needs about the same time again to paint them. With 10 ms, whole
 * scrolls had more frames over 50 ms (docs/performance.md).
 */
const growMs = 7
const [stepMin, stepMax] = [1, 24]
/** A frame beyond its time counts more than one within it. So about seven of eight frames keep to it. */
const [slower, faster] = [0.7, 1.05]

/** Decides how many rows a frame adds, from the time that the last rows took on this machine. */
export class GrowthPace {
  /** A page that was just loaded takes longer for a row than later. */
  #rows = 2

  get step(): number {
    return Math.floor(this.#rows)
  }

  /** Notes how long it took to make and lay out the rows of a frame, in milliseconds. */
  note(ms: number): void {
    const next = this.#rows * (ms > growMs ? slower : faster)
    this.#rows = Math.min(stepMax, Math.max(stepMin, next))
  }
}

/**
 * A frame that begins so many milliseconds after its time is late. The time is that of the display's signal, which
 * `requestAnimationFrame` tells.
 */
const lateMs = 8
/**
 * A frame is late, too, when it begins so many milliseconds after the one before it: the browser has held it back while
 * it painted on another thread. The reader has waited for two signals of a usual display then.
 */
const heldBackMs = 30

/**
 * Notices frames that begin late, because the page had other work at their time, such as collecting garbage, or because
 * the browser gave the page no frame. Such a frame should do little, because the reader waits for it.
 */
export class FrameRhythm {
  #hasSkipped = false
  #lastAt = -Infinity

  /** Whether the last frame has added no rows. */
  get hasSkipped(): boolean {
    return this.#hasSkipped
  }

  /**
   * Tells whether a frame should add no rows, because it began late or has other work (`isFull`). The next one adds some in
   * any case. Otherwise a busy machine, a slow display or a busy room would stop the list, and the reader would see a
   * scroll in steps. To be called once in each frame that may add rows, with its time and the present time in
   * milliseconds.
   */
  skips(frameTime: number, now: number, isFull: boolean): boolean {
    const isLate = now - frameTime > lateMs || now - this.#lastAt > heldBackMs
    this.#lastAt = now
    this.#hasSkipped = (isFull || isLate) && !this.#hasSkipped
    return this.#hasSkipped
  }
}

// The cost of rows depends on the machine, not on the room.
export const pace = new GrowthPace()
export const rhythm = new FrameRhythm()
