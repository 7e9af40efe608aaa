/** A row before the reader, and how far its top is above the end of the list. That does not change by scrolling. */
export interface Anchor {
  readonly key: string
  readonly offset: number
  /** Where the list was scrolled to: what is taken away may make the browser scroll. */
  readonly scrollTop: number
}

/** Screens that scale give positions in fractions. */
const tolerance = 4

/** Whether a list that is scrolled from its end is at its end. */
export const isAtEnd = (scroller: HTMLElement): boolean => scroller.scrollTop > -tolerance

export function rowElement(list: HTMLElement, key: string): HTMLElement | null {
  return list.querySelector<HTMLElement>(`:scope > [data-key="${CSS.escape(key)}"]`)
}

/** The first row that is to be seen. */
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
 * Puts the row back to where the reader saw it. It writes only when something below the reader has changed: a write
 * would stop a scroll that goes on by its momentum.
 */
export function keepAnchor(scroller: HTMLElement, list: HTMLElement, anchor: Anchor): void {
  const row = rowElement(list, anchor.key)
  if (!row) return
  const offset = list.getBoundingClientRect().bottom - row.getBoundingClientRect().top
  const wanted = anchor.scrollTop - (offset - anchor.offset)
  if (Math.abs(scroller.scrollTop - wanted) >= 1) scroller.scrollTop = wanted
}

/** Brings a row to `share` of the height of the list. */
export function scrollToRow(scroller: HTMLElement, row: HTMLElement, share: number): void {
  const { top, height } = scroller.getBoundingClientRect()
  scroller.scrollTop += row.getBoundingClientRect().top - (top + share * height)
}

/** A scroll whose last step was no longer ago is still under way. */
const scrollMs = 300
let scrolledAt = -Infinity

export const noteScroll = (): void => void (scrolledAt = performance.now())
export const isScrolling = (): boolean => performance.now() - scrolledAt < scrollMs
