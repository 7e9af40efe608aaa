import { plainText } from '../markdown/plain-text.ts'

export interface Highlight {
  readonly start: number
  readonly end: number
}

/** A piece of a text, and whether it matches the search. */
export interface Piece {
  readonly text: string
  readonly isHit: boolean
}

/** How many UTF-16 code units are shown before the first match, and in all. */
const beforeMax = 60
const lengthMax = 320

/** Characters of Unicode's private use mark the matches, so that they move with the text around them. */
const [begins, ends] = ['\uE000', '\uE001']

/**
 * Returns the part of a message that shows its matches. It begins shortly before the first match, has no marks of
 * Markdown, and is cut at a space where there is one.
 */
export function excerptOf(text: string, highlights: readonly Highlight[]): Piece[] {
  const plain = pieces(plainText(withMarks(text, highlights)))
  const isLost = highlights.length > 0 && !plain.some(({ isHit }) => isHit)
  // The match may be only in the address of a link.
  return cut(isLost ? pieces(withMarks(text, highlights)) : plain)
}

/** Matches that do not fit the text are left out. The text may have changed since the search. */
function withMarks(text: string, highlights: readonly Highlight[]): string {
  const clean = text.replaceAll(begins, ' ').replaceAll(ends, ' ')
  let marked = ''
  let at = 0
  for (const { start, end } of highlights) {
    if (start < at || end <= start || end > text.length) continue
    marked += clean.slice(at, start) + begins + clean.slice(start, end) + ends
    at = end
  }
  return marked + clean.slice(at)
}

function pieces(marked: string): Piece[] {
  const found: Piece[] = []
  let isHit = false
  for (const part of marked.split(/([\uE000\uE001])/)) {
    if (part === begins || part === ends) isHit = part === begins
    else if (part) found.push({ text: part, isHit })
  }
  return found
}

function cut(all: readonly Piece[]): Piece[] {
  const text = all.map((piece) => piece.text).join('')
  const hit = all.findIndex(({ isHit }) => isHit)
  const first = all.slice(0, Math.max(0, hit)).reduce((sum, piece) => sum + piece.text.length, 0)
  const from = first > beforeMax ? beginningAt(text, first - beforeMax, first) : 0
  const to = text.length - from > lengthMax ? endAt(text, from + lengthMax) : text.length

  const shown: Piece[] = []
  let at = 0
  for (const { text, isHit } of all) {
    const part = text.slice(Math.max(0, from - at), Math.max(0, to - at))
    if (part) shown.push({ text: part, isHit })
    at += text.length
  }
  if (from > 0) shown.unshift({ text: '…', isHit: false })
  if (to < text.length) shown.push({ text: '…', isHit: false })
  return shown
}

/** Returns the first beginning of a word after `at`, not beyond `until`. */
function beginningAt(text: string, at: number, until: number): number {
  const space = text.slice(at, until).search(/\s/)
  return space < 0 ? betweenSigns(text, at) : at + space + 1
}

/** Returns the last end of a word in the 40 characters before `at`. */
function endAt(text: string, at: number): number {
  const space = text.slice(at - 40, at).search(/\s\S*$/)
  return space < 0 ? betweenSigns(text, at) : at - 40 + space
}

/** A character of two code units is not cut in the middle. */
function betweenSigns(text: string, at: number): number {
  const code = text.charCodeAt(at)
  return code >= 0xdc00 && code <= 0xdfff ? at + 1 : at
}
