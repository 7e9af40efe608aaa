import type { RefObject } from 'preact'
import { useEffect } from 'preact/hooks'
import { nameOf } from '../chat/names.ts'
import { ownName } from '../chat/own-name.ts'
import { formatFull } from '../text/format.ts'
import type { Row } from './rows.ts'

/**
 * Copying messages copies their Markdown source as plain text. Several messages are copied with their authors and
 * times. A part of one message is copied as it is shown.
 */
export function useCopying(
  list: RefObject<HTMLElement | null>,
  rowOf: (key: string) => Row | undefined,
): void {
  useEffect(() => {
    const onCopy = (event: ClipboardEvent) => {
      const selection = getSelection()
      const inField = event.target instanceof Element && event.target.closest('input, textarea')
      if (!selection || selection.isCollapsed || !list.current || inField) return
      const range = selection.getRangeAt(0)
      if (!range.intersectsNode(list.current)) return
      const articles = [...list.current.querySelectorAll<HTMLElement>('article')]
      const chosen = articles.flatMap((article) => {
        const text = article.querySelector('.message-text')
        const row = rowOf(article.dataset['key'] ?? '')
        const part = text ? partIn(range, text) : ''
        return text && row && part ? [{ row, isWhole: part === bare(text.textContent) }] : []
      })
      const [first, ...others] = chosen
      if (!first) return
      const written =
        others.length > 0
          ? chosen.map(({ row }) => `${headOf(row)}\n${sourceOf(row)}`).join('\n\n')
          : first.isWhole
            ? sourceOf(first.row)
            : selection.toString()
      event.clipboardData?.setData('text/plain', written)
      event.preventDefault()
    }
    document.addEventListener('copy', onCopy)
    return () => document.removeEventListener('copy', onCopy)
  }, [])
}

/** Removes white space, because lines and spaces differ between the shown and the selected text. */
const bare = (text: string) => text.replace(/\s+/g, '')

/** Returns the selected part of an element. A selection that only touches it selects nothing. */
function partIn(range: Range, element: Element): string {
  if (!range.intersectsNode(element)) return ''
  const part = document.createRange()
  part.selectNodeContents(element)
  if (range.compareBoundaryPoints(Range.START_TO_START, part) > 0) {
    part.setStart(range.startContainer, range.startOffset)
  }
  if (range.compareBoundaryPoints(Range.END_TO_END, part) < 0) {
    part.setEnd(range.endContainer, range.endOffset)
  }
  return bare(part.toString())
}

function sourceOf(row: Row): string {
  if (row.kind === 'message') return row.message.message ?? ''
  return row.kind === 'outgoing' ? row.send.text : ''
}

function headOf(row: Row): string {
  if (row.kind === 'message') {
    return `${nameOf(row.message)}, ${formatFull(row.message.timestamp)}`
  }
  return row.kind === 'outgoing' ? `${ownName.value}, ${formatFull(row.at)}` : ''
}
