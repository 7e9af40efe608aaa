/**
 * Which rows of a list are in the document: a stretch of it that grows where the reader comes near its end, and is cut
 * where the reader is far away. The stretch is known by the keys of its rows, since rows come and go at both ends.
 */
export class ListWindow {
  #first: string | null = null
  /** null: up to the last row, also when more come. */
  #last: string | null = null

  /** From which row to which one, not counting that. */
  resolve(
    keys: readonly string[],
    at: ReadonlyMap<string, number>,
    firstRows: (to: number) => number,
  ): [from: number, to: number] {
    const last = this.#last === null ? undefined : at.get(this.#last)
    const to = last === undefined ? keys.length : last + 1
    const first = this.#first === null ? undefined : at.get(this.#first)
    const from = first === undefined || first >= to ? Math.max(0, to - firstRows(to)) : first
    this.#set(keys, from, to)
    return [from, to]
  }

  #set(keys: readonly string[], from: number, to: number): void {
    this.#first = keys[from] ?? null
    this.#last = to >= keys.length ? null : (keys[to - 1] ?? null)
  }

  /** Shows the last rows. */
  showEnd(): void {
    this.#first = null
    this.#last = null
  }

  /** Shows one row, and those around it. */
  showAround(keys: readonly string[], at: number): void {
    this.#set(keys, Math.max(0, at - around), Math.min(keys.length, at + around))
  }

  grow(
    keys: readonly string[],
    [from, to]: readonly [number, number],
    where: 'older' | 'newer',
    step: number,
  ) {
    if (where === 'older') this.#set(keys, Math.max(0, from - step), to)
    else this.#set(keys, from, Math.min(keys.length, to + step))
  }

  cut(keys: readonly string[], from: number, to: number): void {
    this.#set(keys, from, to)
  }
}

/** Before and after a row that is jumped to. */
const around = 12
/** Beyond that many rows, those far from the reader are taken away. */
export const rowsMax = 60

/** What a frame may spend on making rows: the browser needs about as long again to paint them. */
const growMs = 12
const [stepMin, stepMax] = [5, 24]

/** How many rows a frame adds: it follows from what the last rows took, on whatever machine the page runs. */
export class GrowthPace {
  #rowMs = 1.2

  get step(): number {
    return Math.min(stepMax, Math.max(stepMin, Math.floor(growMs / this.#rowMs)))
  }

  /** Some rows were made and laid out in that time. One frame that was disturbed changes little. */
  note(rows: number, ms: number): void {
    if (rows > 0) this.#rowMs = 0.8 * this.#rowMs + 0.2 * Math.min(5, ms / rows)
  }
}

/** A row that was never seen is about as high as that. */
const usualHeight = 52

/** How high the rows are that were taken away. */
export class RowHeights {
  readonly #heights = new Map<string, number>()

  set(key: string, height: number): void {
    this.#heights.set(key, height)
  }

  /** Forgets rows that the list has no more: who reads a long history would collect them for ever. */
  keep(at: ReadonlyMap<string, number>): void {
    if (this.#heights.size <= 2 * at.size) return
    for (const key of this.#heights.keys()) if (!at.has(key)) this.#heights.delete(key)
  }

  of(key: string): number {
    return this.#heights.get(key) ?? usualHeight
  }

  /** The height of all rows from one on. */
  below(keys: readonly string[], from: number): number {
    let sum = 0
    for (let at = from; at < keys.length; at++) sum += this.of(keys[at]!)
    return sum
  }

  /** The row that is so far above the end. */
  indexAt(keys: readonly string[], distance: number): number {
    let sum = 0
    for (let at = keys.length - 1; at > 0; at--) {
      sum += this.of(keys[at]!)
      if (sum >= distance) return at
    }
    return 0
  }
}
