/** Decides how much the list does in a frame, so that no frame takes long. */

/** How long a frame may take to make rows. The browser needs about the same time again to paint them. */
const growMs = 10
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

/** A display with 60 frames in a second waits no longer between two of them. */
const usualWaitMs = 18
/** After a longer wait the page had nothing to show. */
const pauseMs = 100
/** So many frames in a row may add no rows. Otherwise a slow display or a busy room would stop the list. */
const skippedMax = 2

/**
 * Notices frames that come late, because the page had other work before them, such as collecting garbage. Such a frame
 * should do little, because the reader has waited for it.
 */
export class FrameRhythm {
  #ended = 0
  #skipped = 0

  /** Notes the time at which a frame was over, in milliseconds. */
  end(now: number): void {
    this.#ended = now
  }

  /**
   * Tells whether a frame should add no rows, because it is late or has other work (`isFull`). To be called once in each
   * frame that may add rows, with the present time in milliseconds.
   */
  skips(now: number, isFull: boolean): boolean {
    const waited = now - this.#ended
    const isLate = waited > usualWaitMs && waited < pauseMs
    const isSkipped = (isFull || isLate) && this.#skipped < skippedMax
    this.#skipped = isSkipped ? this.#skipped + 1 : 0
    return isSkipped
  }
}
