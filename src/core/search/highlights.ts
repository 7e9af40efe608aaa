import { highlightsMax } from '../../protocol/limits.ts'
import type { Alternative, Phrase } from './parse-query.ts'
import { type Word, wordsOf } from './words.ts'

export interface Range {
  readonly start: number
  readonly end: number
}

/** Makes a function that says where in a text there is what a query looks for, in the order of the text. */
export function highlighter(query: readonly Alternative[]): (text: string) => Range[] {
  const phrases = query
    .flat()
    .filter(({ without }) => !without)
    .map((phrase) => ({ words: wordsOf(phrase.text), isOpen: isOpen(phrase) }))
  return (text) => {
    const words = wordsOf(text)
    const found: Range[] = []
    for (const [at, { start }] of words.entries()) {
      const ends = phrases
        .filter((phrase) => standsAt(words, at, phrase))
        .map((phrase) => words[at + phrase.words.length - 1]!.end)
      if (ends.length > 0) found.push({ start, end: Math.max(...ends) })
    }
    return merge(found).slice(0, highlightsMax)
  }
}

/** As search_phrase_v1 has it: a letter by itself begins too much. */
function isOpen({ text, open }: Phrase): boolean {
  const last = wordsOf(text).at(-1)
  return open && last !== undefined && !last.isUnspaced && Array.from(last.text).length > 1
}

function standsAt(
  words: readonly Word[],
  at: number,
  phrase: { words: readonly Word[]; isOpen: boolean },
): boolean {
  return phrase.words.every(({ text }, offset) => {
    const word = words[at + offset]
    const mayGoOn = phrase.isOpen && offset === phrase.words.length - 1
    return word !== undefined && (mayGoOn ? word.text.startsWith(text) : word.text === text)
  })
}

/** Of ranges in the order of their starts. */
function merge(ranges: readonly Range[]): Range[] {
  const merged: Range[] = []
  for (const { start, end } of ranges) {
    const last = merged.at(-1)
    if (last && start <= last.end) {
      merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, end) }
    } else merged.push({ start, end })
  }
  return merged
}
