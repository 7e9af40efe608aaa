import { Lexer, type Token, Tokenizer } from 'marked'

/**
 * Parses the subset of Markdown that messages use: bold, italic, strikethrough, code, code blocks, links, lists
 * and quotes. All other Markdown stays text: a line that begins with `#` is not a heading, and HTML is text. No
 * text is ever lost.
 */
class ChatTokenizer extends Tokenizer {
  override heading(): undefined {}
  override lheading(): undefined {}
  override hr(): undefined {}
  override html(): undefined {}
  override table(): undefined {}
  override def(): undefined {}
  override tag(): undefined {}
  /** Indented lines are not code, because people indent for other reasons. */
  override code(): undefined {}
}

/** Each level of nested quotes and lists costs time, and nobody reads deeper ones. */
const isTooDeep = /^(?:[ \t]*(?:>|[-*+]|\d{1,9}[.)])[ \t]*){12}/m

type Tokens = readonly Token[] | null

/** The texts that were shown last. A user who switches between rooms sees the same texts again. */
const parsed = new Map<string, Tokens>()
const parsedMax = 300

/** Returns the tokens of a text, or null when it is shown as it is. */
export function parseMarkdown(text: string): Tokens {
  const known = parsed.get(text)
  if (known !== undefined) return known
  const tokens = parse(text)
  const [oldest] = parsed.keys()
  if (parsed.size >= parsedMax && oldest !== undefined) parsed.delete(oldest)
  parsed.set(text, tokens)
  return tokens
}

function parse(text: string): Tokens {
  if (isTooDeep.test(text)) return null
  try {
    return new Lexer({ breaks: true, gfm: true, tokenizer: new ChatTokenizer() }).lex(text)
  } catch {
    return null
  }
}
