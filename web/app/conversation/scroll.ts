/**
 * A row that the reader sees, and the distance of its top from the end of the list. Scrolling does not change
 * this distance.
 */
export interface Anchor {
  readonly key: string
  readonly offset: number
  /** The scroll position. Removing rows may make the browser scroll. */
  readonly scrollTop: number
}

/** On scaled screens positions are fractions. */
const tolerance = 4

/** Whether a list that scrolls from its end is at its end. */
export const isAtEnd = (scroller: HTMLElement): boolean => scroller.scrollTop > -tolerance

export function rowElement(list: HTMLElement, key: string): HTMLElement | null {
  return list.querySelector<HTMLElement>(`:scope > [data-key="${CSS.escape(key)}"]`)
}

/** Returns the first visible row. */
export function captureAnchor(scroller: HTMLElement, list: HTMLElement): Anchor | null {
  const { top } = scroller.getBoundingClientRect()
  const rows = list.children
  let [low, high] = [0, rows.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if (rows[middle]!.getBoundingClientRect().bottom > top + 1) high = middle
    else low = middle + 1
  }
  for (let at = low; at < rows.length; at++) {
    const row = rows[at]
    const key = row instanceof HTMLElement ? row.dataset['key'] : undefined
    if (row && key) {
      const offset = list.getBoundingClientRect().bottom - row.getBoundingClientRect().top
      return { key, offset, scrollTop: scroller.scrollTop }
    }
  }
  return null
}

/**
 * Moves the row back to where the reader saw it. It writes only when something below the reader has changed,
 * because a write would stop a scroll by momentum.
 */
export function keepAnchor(scroller: HTMLElement, list: HTMLElement, anchor: Anchor): void {
  const row = rowElement(list, anchor.key)
  if (!row) return
  const offset = list.getBoundingClientRect().bottom - row.getBoundingClientRect().top
  const wanted = anchor.scrollTop - (offset - anchor.offset)
  if (Math.abs(scroller.scrollTop - wanted) >= 1) scroller.scrollTop = wanted
}

/** Scrolls a row to the position `share` of the list's height. */
export function scrollToRow(scroller: HTMLElement, row: HTMLElement, share: number): void {
  const { top, height } = scroller.getBoundingClientRect()
  scroller.scrollTop += row.getBoundingClientRect().top - (top + share * height)
}
