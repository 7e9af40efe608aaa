export interface Range {
  readonly start: number
  readonly end: number
}

/** A piece of a text, and whether it is what was looked for. */
export interface Piece {
  readonly text: string
  readonly isHit: boolean
}

/** So much of a message is shown before the first place, and in all, in UTF-16 code units. */
const beforeMax = 60
const lengthMax = 320

/**
 * The part of a message that shows what was found in it: from a little before the first place, cut at a space where
 * there is one. Places that do not fit the text are left out: it may have been changed since they were counted.
 */
export function excerptOf(text: string, highlights: readonly Range[]): Piece[] {
  const places = highlights.filter(
    ({ start, end }, at) =>
      start < end && end <= text.length && start >= (highlights[at - 1]?.end ?? 0),
  )
  const first = places[0]?.start ?? 0
  const from = first > beforeMax ? beginningAt(text, first - beforeMax, first) : 0
  const to = text.length - from > lengthMax ? endAt(text, from + lengthMax) : text.length

  const pieces: Piece[] = []
  const add = (text: string, isHit: boolean) => {
    if (text) pieces.push({ text, isHit })
  }
  let at = from
  for (const { start, end } of places) {
    if (start >= to) break
    add(text.slice(at, start), false)
    add(text.slice(start, Math.min(end, to)), true)
    at = Math.min(end, to)
  }
  add(text.slice(at, to), false)
  if (from > 0) pieces.unshift({ text: '…', isHit: false })
  if (to < text.length) add('…', false)
  return pieces
}

/** The first beginning of a word after `at`, not beyond `until`. */
function beginningAt(text: string, at: number, until: number): number {
  const space = text.slice(at, until).search(/\s/)
  return space < 0 ? betweenSigns(text, at) : at + space + 1
}

/** The last end of a word in the 40 characters before `at`. */
function endAt(text: string, at: number): number {
  const space = text.slice(at - 40, at).search(/\s\S*$/)
  return space < 0 ? betweenSigns(text, at) : at - 40 + space
}

/** A sign of two code units is not cut in the middle. */
function betweenSigns(text: string, at: number): number {
  const isLow = (code: number) => code >= 0xdc00 && code <= 0xdfff
  return isLow(text.charCodeAt(at)) ? at + 1 : at
}
