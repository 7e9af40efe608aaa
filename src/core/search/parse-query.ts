import { ValidationError } from '../errors.ts'
import { wordsOf } from './words.ts'

/** Words in a row. One word is a phrase, too. */
export interface Phrase {
  readonly text: string
  /** Messages with this phrase are left out. */
  readonly without: boolean
  /** The phrase is still being typed, so its last word may be incomplete. */
  readonly open: boolean
}

/** Phrases that a message must all match. */
export type Alternative = readonly Phrase[]

/** Quotes other than apostrophes: “ ” „ « » ‹ › 「 」 and the like. Each of them may open or close a phrase. */
const typographicQuotes = /[[\p{Quotation_Mark}❝❞🙶🙷🙸]--['‘’‚‛＇]]/gv

/** Signs before an operand. An odd number of minuses means "without"; other signs mean nothing. */
const signs = /[\s!&|()-]*/uy
/** A quote that is not closed ends with the query. */
const quoted = /"(?<text>[^"]*)(?<close>"|$)/uy
/** A colon begins a new word, as in PostgreSQL. */
const bare = /(?<text>[^\s"!&|()][^\s"!&|():]*)/uy
const ignored = /[\s!&|()]*/uy
/** The operator `or`. It must not be part of a word, and more than one character must follow it. */
const or = /or(?![\p{Letter}\p{Mark}\p{Number}_-])(?=.\s*\S)/isuy

/**
 * [M7] Parses what people type into a search: words, `"a phrase"`, `-without`, `this or that`. The operators mean the
 * same as in PostgreSQL's websearch_to_tsquery, with two differences: typographic quotes are quotes, and there must be
 * a word to search for. Any other text is a valid query.
 */
export function parseQuery(q: string): Alternative[] {
  const given = q.replace(typographicQuotes, '"')
  let at = 0
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at
    const found = pattern.exec(given) ?? undefined
    at += found?.[0].length ?? 0
    return found
  }

  const alternatives: Phrase[][] = [[]]
  for (;;) {
    const minuses = take(signs)![0].replace(/[^-]/g, '').length
    const operand = take(quoted) ?? take(bare)
    if (!operand) break
    const { text = '', close } = operand.groups!
    take(ignored)
    const without = minuses % 2 === 1
    const open = at === given.length && !without && close !== '"'
    if (wordsOf(text).length > 0) alternatives.at(-1)!.push({ text, without, open })
    if (take(or)) alternatives.push([])
  }
  // An alternative that only leaves words out would match nearly every message.
  const good = alternatives.filter((phrases) => phrases.some(({ without }) => !without))
  if (good.length === 0) {
    throw new ValidationError([
      {
        field: 'q',
        message:
          'must contain a word to search for: a letter, a digit or an emoji, without a minus before it',
      },
    ])
  }
  return good
}
