/**
 * The time of a world. It stands still while real work is going on, such as a statement of the database. Otherwise it
 * jumps to the next timer. So a wait of five minutes costs nothing.
 */
interface Timer {
  readonly at: number
  readonly run: () => void
  isOver: boolean
}

/** While the database is paused, other statements may wait for a lock that a paused transaction holds. */
const pausedPatienceMs = 20

export class VirtualClock {
  /** Milliseconds since the world began. */
  now = 0
  /** The amount of work that time has to wait for. */
  #busy = 0
  /** The amount of work that waits for time itself. */
  #waiting = 0
  /** The next timer is the last one. */
  #timers: Timer[] = []
  #wake: (() => void) | undefined

  /** Calls `run` after `ms`. The returned function cancels it. Timers for the same moment run in order. */
  schedule(run: () => void, ms: number): () => void {
    const timer: Timer = { at: this.now + Math.max(0, ms), run, isOver: false }
    let low = 0
    let high = this.#timers.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#timers[middle]!.at > timer.at) low = middle + 1
      else high = middle
    }
    this.#timers.splice(low, 0, timer)
    return () => void (timer.isOver = true)
  }

  /** Time stands still until `work` is done. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#busy += 1
    try {
      return await work()
    } finally {
      this.#busy -= 1
      this.#wake?.()
    }
  }

  /** Waits for time, within work that time otherwise waits for. */
  async sleep(ms: number): Promise<void> {
    this.#waiting += 1
    this.#wake?.()
    await new Promise<void>((resolve) => this.schedule(resolve, ms))
    this.#waiting -= 1
  }

  /** Resolves when nothing happens any more unless time goes on. */
  async settle(): Promise<void> {
    await turn()
    while (this.#busy > this.#waiting) {
      const { promise: changed, resolve } = Promise.withResolvers<void>()
      this.#wake = resolve
      const patience = this.#waiting > 0 ? setTimeout(() => resolve(), pausedPatienceMs) : undefined
      const busy = this.#busy - this.#waiting
      await changed
      clearTimeout(patience)
      await turn()
      if (patience && busy === this.#busy - this.#waiting) return
    }
  }

  /** Lets time go on by `ms`, and runs the timers of that span. */
  async advance(ms: number): Promise<void> {
    const until = this.now + ms
    for (;;) {
      await this.settle()
      const next = this.#takeDue(until)
      if (!next) break
      this.now = Math.max(this.now, next.at)
      // Timers for one moment all run at that moment.
      for (let timer: Timer | undefined = next; timer; timer = this.#takeDue(this.now)) timer.run()
    }
    this.now = Math.max(this.now, until)
  }

  #takeDue(until: number): Timer | undefined {
    for (let last = this.#timers.at(-1); last; last = this.#timers.at(-1)) {
      if (!last.isOver && last.at > until) return undefined
      this.#timers.pop()
      if (!last.isOver) {
        last.isOver = true
        return last
      }
    }
    return undefined
  }
}

/** Lets handlers of settled promises run. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
