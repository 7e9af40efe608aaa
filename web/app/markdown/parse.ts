import { Lexer, type Token, Tokenizer } from 'marked'

/**
 * The subset of Markdown that messages are shown in: bold, italic, strikethrough, code, code blocks, links, lists and
 * quotes. What else Markdown knows stays the text that it is: a line that begins with `#` is no heading here, and HTML
 * is text. No text is lost, whatever is written.
 */
class ChatTokenizer extends Tokenizer {
  override heading(): undefined {}
  override lheading(): undefined {}
  override hr(): undefined {}
  override html(): undefined {}
  override table(): undefined {}
  override def(): undefined {}
  override tag(): undefined {}
  /** Lines that are only indented are no code: people indent for other reasons. */
  override code(): undefined {}
}

/** Quotes in quotes and lists in lists cost time with each level; nobody reads more. */
const isTooDeep = /^(?:[ \t]*(?:>|[-*+]|\d{1,9}[.)])[ \t]*){12}/m

type Tokens = readonly Token[] | null

/** Texts that were shown last: who goes to and fro between rooms sees the same ones again. */
const parsed = new Map<string, Tokens>()
const parsedMax = 300

/** The tokens of a text; null where it is shown as it is. */
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
