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

/** Throws where a text cannot be taken apart. */
export const lex = (text: string): readonly Token[] =>
  new Lexer({ breaks: true, gfm: true, tokenizer: new ChatTokenizer() }).lex(text)
