import { isLine } from './rows.ts'

/**
 * Decides which rows of a list are in the document. The window grows when the reader comes near its end, and is
 * cut where the reader is far away. The keys of its rows identify it, because rows come and go at both ends.
 */
export class ListWindow {
  /** The first message, and how many lines between messages stand before it. */
  #first: string | null = null
  #lines = 0
  /** null means up to the last row, also when more rows come. */
  #last: string | null = null

  /** Returns the index of the first row, and the index after the last row. */
  resolve(
    keys: readonly string[],
    at: ReadonlyMap<string, number>,
    firstRows: (to: number) => number,
  ): [from: number, to: number] {
    const last = this.#last === null ? undefined : at.get(this.#last)
    const to = last === undefined ? keys.length : last + 1
    const first = this.#first === null ? undefined : at.get(this.#first)
    const from =
      first === undefined || first >= to
        ? Math.max(0, to - firstRows(to))
        : Math.max(0, first - this.#lines)
    this.#set(keys, from, to)
    return [from, to]
  }

  #set(keys: readonly string[], from: number, to: number): void {
    let first = from
    while (first < to - 1 && isLine(keys[first]!)) first++
    this.#first = keys[first] ?? null
    this.#lines = first - from
    this.#last = to >= keys.length ? null : (keys[to - 1] ?? null)
  }

  /** Shows the last rows. */
  showEnd(): void {
    this.#first = null
    this.#last = null
  }

  /** Shows one row and the rows around it. */
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

/** How many rows are shown before and after a row that is jumped to. */
const around = 12
/** With more rows than this, rows far from the reader are removed. */
export const rowsMax = 16
/** A frame may remove at least so many rows, however slow the machine is. */
export const removedMin = 2

/** The assumed height of a row that was never shown. */
const usualHeight = 52

/** The heights of rows that were removed. */
export class RowHeights {
  readonly #heights = new Map<string, number>()

  set(key: string, height: number): void {
    this.#heights.set(key, height)
  }

  /**
   * Deletes rows that the list does not have any more. Otherwise a reader of a long history would collect them
   * for ever.
   */
  keep(at: ReadonlyMap<string, number>): void {
    if (this.#heights.size <= 2 * at.size) return
    for (const key of this.#heights.keys()) if (!at.has(key)) this.#heights.delete(key)
  }

  of(key: string): number {
    return this.#heights.get(key) ?? usualHeight
  }

  /** Returns the height of all rows from a given one on. */
  below(keys: readonly string[], from: number): number {
    let sum = 0
    for (let at = from; at < keys.length; at++) sum += this.of(keys[at]!)
    return sum
  }

  /** Returns the row at this distance from the end. */
  indexAt(keys: readonly string[], distance: number): number {
    let sum = 0
    for (let at = keys.length - 1; at > 0; at--) {
      sum += this.of(keys[at]!)
      if (sum >= distance) return at
    }
    return 0
  }
}
