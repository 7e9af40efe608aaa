/** Decides how much the list does in a frame, so that no frame takes long. */

/**
 * How long a frame may take to make rows. The browser needs about the same time again to paint them. With 10 ms, whole
 * scrolls had more frames over 50 ms (docs/performance.md).
 */
const growMs = 7
/** Two rows take hardly longer than one: most of a frame's time does not depend on the rows. */
const [stepMin, stepMax] = [2, 24]
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
 * Rows come at most so often, in milliseconds: in every second frame of a usual display. The browser paints them on other
 * threads, and gives the page no frame until it has. When rows came in two frames in a row, 14 of 100 frames came a signal
 * of the display too late at 4 times slowdown, and 1 of 100 with this (docs/performance.md).
 */
const restMs = 30
/** Rows come after so many milliseconds in any case. */
const longestMs = 90
/** After so many milliseconds without frames that may add rows, a scroll begins. */
const pauseMs = 1_000
/**
 * A frame that begins so many milliseconds after its time is late. The time is that of the display's signal, which
 * `requestAnimationFrame` tells.
 */
const lateMs = 8
/** A frame whose time is so many times later after the last one than usual was held back by the browser. */
const heldBack = 1.4
/** How much the usual time between two frames may grow with each frame. A display may become slower. */
const growth = 1.02
/** No display is faster. A browser that rounds times gives two frames the same time. */
const signalMin = 4

/**
 * Decides which frames add rows. A frame should do little when it begins late, because the page had other work at its
 * time, such as collecting garbage, or when the browser has held it back. The reader waits for it.
 */
export class FrameRhythm {
  #lastTime = -Infinity
  #lastRowsAt = -Infinity
  /** The time from one frame to the next on this display. */
  #usual = Infinity

  /** Whether rows have come so lately that a frame with this time adds none in any case. */
  rests(frameTime: number): boolean {
    return frameTime - this.#lastRowsAt < restMs
  }

  /**
   * Tells whether a frame should add no rows, because rows have just come, or because it is the first one of a scroll,
   * began late, was held back, or has other work (`isFull`). When the last rows came long ago, it adds some in any case.
   * Otherwise a busy machine or a busy room would stop the list, and the reader would see a scroll in steps. To be called
   * once in each frame that may add rows, with its time and the present time in milliseconds.
   */
  skips(frameTime: number, now: number, isFull: boolean): boolean {
    const gap = frameTime - this.#lastTime
    const isFirst = gap > pauseMs
    const isHeldBack = gap > heldBack * this.#usual
    const isBusy = isFirst || isFull || isHeldBack || now - frameTime > lateMs
    this.#lastTime = frameTime
    if (isFirst) this.#lastRowsAt = frameTime - restMs
    else this.#usual = Math.min(Math.max(gap, signalMin), this.#usual * growth)
    if (frameTime - this.#lastRowsAt < (isBusy ? longestMs : restMs)) return true
    this.#lastRowsAt = frameTime
    return false
  }
}

// The cost of rows depends on the machine, not on the room.
export const pace = new GrowthPace()
export const rhythm = new FrameRhythm()
