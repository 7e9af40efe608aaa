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

/** Those that are no apostrophe: “ ” „ « » ‹ › 「 」 and the like, whichever begins and whichever ends. */
const typographicQuotes = /[[\p{Quotation_Mark}❝❞🙶🙷🙸]--['‘’‚‛＇]]/gv

/** What stands before something to look for: an odd number of minuses means "without", all else nothing. */
const signs = /[\s!&|()-]*/uy
/** One that is not closed goes to the end. */
const quoted = /"(?<text>[^"]*)(?<close>"|$)/uy
/** A colon begins a new word, as it does for PostgreSQL. */
const bare = /(?<text>[^\s"!&|()][^\s"!&|():]*)/uy
const ignored = /[\s!&|()]*/uy
/** It is no part of a word, and there is more than one sign after it. */
const or = /or(?![\p{Letter}\p{Mark}\p{Number}_-])(?=.\s*\S)/isuy

/**
 * [M7] Reads what people type into a search: words, `"a phrase"`, `-without`, `this or that`. The operators mean
 * what PostgreSQL's websearch_to_tsquery makes of them, with two differences: typographic quotes are quotes, and
 * there must be a word to look for. Anything else is a query.
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
  // What only says what to leave out would find nearly everything.
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
