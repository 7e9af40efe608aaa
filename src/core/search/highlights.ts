import { highlightsMax } from '../../protocol/limits.ts'
import type { Alternative } from './parse-query.ts'
import { wordsOf } from './words.ts'

export interface Range {
  readonly start: number
  readonly end: number
}

/**
 * Makes a function that says where in a text there is what a query looks for, in the order of the text. It looks at
 * each word of the text once, however many phrases there are and whatever they have in common.
 */
export function highlighter(query: readonly Alternative[]): (text: string) => Range[] {
  const { root, open } = stepsOf(query)
  return (text) => {
    const words = wordsOf(text)
    const found: Range[] = []
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

/** The words that were read last, as far as a phrase may begin with them: a state of Aho and Corasick's automaton. */
interface Step {
  readonly next: Map<string, Step>
  /** That of the longest end of these words with which a phrase begins, too; undefined when there are no words. */
  shorter: Step | undefined
  /** How many words the longest phrase has that ends here; 0: none does. */
  longest: number
  /** Whether the words of the open phrase before its last one end here. */
  endsOpen: boolean
}

interface Steps {
  readonly root: Step
  /** The phrase that is still being typed: how many words stand before its last one, and how that begins. */
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
    // As search_phrase_v2 has it: a letter by itself begins too much.
    if (phrase.open && !last.isUnspaced && Array.from(last.text).length > 1) {
      open = { length: words.length - 1, last: last.text }
      walk(root, texts.slice(0, -1)).endsOpen = true
    } else walk(root, texts).longest = words.length
  }
  // Those of fewer words first: the array grows while it is read.
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

/** The step after these words from the root, made where it is missing. */
function walk(root: Step, words: readonly string[]): Step {
  let step = root
  for (const word of words) {
    let next = step.next.get(word)
    if (!next) step.next.set(word, (next = newStep()))
    step = next
  }
  return step
}

/** The step that is reached by one more word. */
function follow(from: Step, word: string): Step {
  let step = from
  while (step.shorter && !step.next.has(word)) step = step.shorter
  return step.next.get(word) ?? step
}

/** Adds a range that ends no sooner than those that are there, and makes one of those that meet. */
function add(ranges: Range[], { start, end }: Range): void {
  let first = start
  for (let last = ranges.at(-1); last && first <= last.end; last = ranges.at(-1)) {
    first = Math.min(first, last.start)
    ranges.pop()
  }
  ranges.push({ start: first, end })
}
