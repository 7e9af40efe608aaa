import { Lexer, type Token, Tokenizer } from 'marked'

/**
 * The subset of Markdown that messages are shown in: bold, italic, strikethrough, code, code blocks, links, lists and
 * quotes. All other Markdown stays plain text: a line that begins with `#` is not a heading here, and HTML is text. No
 * text is lost.
 */
class ChatTokenizer extends Tokenizer {
  override heading(): undefined {}
  override lheading(): undefined {}
  override hr(): undefined {}
  override html(): undefined {}
  override table(): undefined {}
  override def(): undefined {}
  override tag(): undefined {}
  /** Indented lines are not code: people indent for other reasons. */
  override code(): undefined {}
}

/** Throws where a text cannot be taken apart. */
export const lex = (text: string): readonly Token[] =>
  new Lexer({ breaks: true, gfm: true, tokenizer: new ChatTokenizer() }).lex(text)
