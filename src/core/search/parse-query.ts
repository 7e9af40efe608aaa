import { ValidationError } from '../errors.ts'
import { wordsOf } from './words.ts'

/** Words that stand together; one word is a phrase, too. */
export interface Phrase {
  readonly text: string
  /** A message must not have it. */
  readonly without: boolean
  /** It is still being typed: its last word may go on. */
  readonly open: boolean
}

/** What all has to be there. */
export type Alternative = readonly Phrase[]

/** A quote that is not closed goes to the end. */
const parts = /(?<minus>-)?"(?<quoted>[^"]*)(?<close>"|$)|(?<bare>[^\s"]+)/g

/**
 * [M7] Reads what people type into a search: words, `"a phrase"`, `-without`, `this or that`. Anything
 * is a query as long as there is a word to look for in it; signs mean nothing by themselves.
 */
export function parseQuery(q: string): Alternative[] {
  const given = Array.from(q.matchAll(parts), ({ groups }) => groups!)
  const alternatives: Phrase[][] = [[]]
  for (const [at, { minus, quoted, close, bare }] of given.entries()) {
    const isLast = at === given.length - 1
    const current = alternatives.at(-1)!
    if (bare?.toLowerCase() === 'or' && current.length > 0 && !isLast) {
      alternatives.push([])
      continue
    }
    const text = quoted ?? bare!
    const without = minus !== undefined || (bare?.startsWith('-') ?? false)
    if (wordsOf(text).length > 0) {
      current.push({ text, without, open: isLast && !without && close !== '"' })
    }
  }
  // What only says what to leave out would find nearly everything.
  const good = alternatives.filter((phrases) => phrases.some(({ without }) => !without))
  if (good.length === 0) {
    throw new ValidationError([
      { field: 'q', message: 'must have a word to look for: a letter or a digit, without a minus' },
    ])
  }
  return good
}
