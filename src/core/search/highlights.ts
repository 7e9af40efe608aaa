import { highlightsMax } from '../../protocol/limits.ts'
import type { Alternative } from './parse-query.ts'
import { wordsOf } from './words.ts'

export interface TextRange {
  readonly start: number
  readonly end: number
}

/**
 * Makes a function that finds the places in a text that a query matches, in the order of the text. It looks at each
 * word of the text once, no matter how many phrases the query has and which words they share.
 */
export function highlighter(query: readonly Alternative[]): (text: string) => TextRange[] {
  const { root, open } = stepsOf(query)
  return (text) => {
    const words = wordsOf(text)
    const found: TextRange[] = []
    let step = root
    for (const [at, { text: word, end }] of words.entries()) {
      if (open && step.endsOpen && word.startsWith(open.last)) {
        add(found, { start: words[at - open.length]!.start, end })
      }
      step = follow(step, word)
      if (step.longest > 0) add(found, { start: words[at + 1 - step.longest]!.start, end })
    }
    return found.slice(0, highlightsMax)
  }
}

/** A state of an Aho-Corasick automaton: the last words of the text that may begin a phrase. */
interface Step {
  readonly next: Map<string, Step>
  /** The state of the longest suffix of these words that may also begin a phrase; undefined for the root. */
  shorter: Step | undefined
  /** The number of words of the longest phrase that ends here; 0 if none ends here. */
  longest: number
  /** Whether the words of the open phrase, without its last word, end here. */
  endsOpen: boolean
}

interface Steps {
  readonly root: Step
  /**
   * The phrase that is still being typed: the number of words before its last one, and the beginning of its last one.
   */
  readonly open: { readonly length: number; readonly last: string } | undefined
}

function stepsOf(query: readonly Alternative[]): Steps {
  const root = newStep()
  let open: Steps['open']
  for (const phrase of query.flat()) {
    if (phrase.without) continue
    const words = wordsOf(phrase.text)
    const texts = words.map(({ text }) => text)
    const last = words.at(-1)!
    // Same rule as in search_phrase_v2: a single letter would match too many words.
    if (phrase.open && !last.isUnspaced && Array.from(last.text).length > 1) {
      open = { length: words.length - 1, last: last.text }
      walk(root, texts.slice(0, -1)).endsOpen = true
    } else walk(root, texts).longest = words.length
  }
  // Steps with fewer words come first. The array grows while the loop reads it.
  const steps = [root]
  for (const step of steps) {
    for (const [word, next] of step.next) {
      const shorter = step.shorter ? follow(step.shorter, word) : root
      next.shorter = shorter
      next.longest ||= shorter.longest
      next.endsOpen ||= shorter.endsOpen
      steps.push(next)
    }
  }
  return { root, open }
}

function newStep(): Step {
  return { next: new Map(), shorter: undefined, longest: 0, endsOpen: false }
}

/** The step that these words lead to from the root. Missing steps are made. */
function walk(root: Step, words: readonly string[]): Step {
  let step = root
  for (const word of words) {
    let next = step.next.get(word)
    if (!next) step.next.set(word, (next = newStep()))
    step = next
  }
  return step
}

/** The step that one more word leads to. */
function follow(from: Step, word: string): Step {
  let step = from
  while (step.shorter && !step.next.has(word)) step = step.shorter
  return step.next.get(word) ?? step
}

/** Adds a range that ends no earlier than the ranges before it. Ranges that touch or overlap become one. */
function add(ranges: TextRange[], { start, end }: TextRange): void {
  let first = start
  for (let last = ranges.at(-1); last && first <= last.end; last = ranges.at(-1)) {
    first = Math.min(first, last.start)
    ranges.pop()
  }
  ranges.push({ start: first, end })
}
