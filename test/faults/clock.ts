/**
 * The time of a world. It stands still while something really happens, such as a statement of the database, and jumps
 * to the next thing that is due when nothing does. So a wait of five minutes costs nothing.
 */
interface Timer {
  readonly at: number
  readonly run: () => void
  isOver: boolean
}

/** While the database is paused, others may wait for a lock that a paused transaction holds. */
const pausedPatienceMs = 20

export class VirtualClock {
  /** Milliseconds since the world began. */
  now = 0
  /** Work under way that time has to wait for. */
  #busy = 0
  /** Work that waits for time itself. */
  #waiting = 0
  /** The next one is the last. */
  #timers: Timer[] = []
  #wake: (() => void) | undefined

  /** Calls `run` after `ms`; what it returns keeps it from that. Those that are due together run in order. */
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

  /** For work that time waits for: it waits for time. */
  async sleep(ms: number): Promise<void> {
    this.#waiting += 1
    this.#wake?.()
    await new Promise<void>((resolve) => this.schedule(resolve, ms))
    this.#waiting -= 1
  }

  /** Resolves when nothing happens any more without the time going on. */
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

  /** Lets the time go on by `ms`, with all that is due meanwhile. */
  async advance(ms: number): Promise<void> {
    const until = this.now + ms
    for (;;) {
      await this.settle()
      const next = this.#takeDue(until)
      if (!next) break
      this.now = Math.max(this.now, next.at)
      // What is due at the same moment happens at the same time.
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

/** Promises that are settled have been heard of. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
