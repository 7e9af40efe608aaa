import { signal } from '@preact/signals'
import type { Token } from 'marked'

/** Quotes in quotes and lists in lists cost time with each level; nobody reads more. */
const isTooDeep = /^(?:[ \t]*(?:>|[-*+]|\d{1,9}[.)])[ \t]*){12}/m

/**
 * A text of one line without any sign that Markdown knows. Most messages are such a text, and need no parser. Links
 * and addresses of mail have signs that are not here: `:` before a slash, `www.`, and `@` inside of a word.
 */
const plain =
  /^(?![-+#]|\d+[.)])(?![^]*(?::\/|\bwww\.|[^\s(]@))[^\s*_~`[\]<>\\&|=][^\n\r*_~`[\]<>\\&|]*$/i

export const isPlain = (text: string): boolean => plain.test(text)

type Tokens = readonly Token[] | null

/** The texts that were shown last. A user who switches between rooms sees the same texts again. */
const parsed = new Map<string, Tokens>()
const parsedMax = 300

/** The parser is not needed for the first frame of the page, and is a fifth of what it would load before. */
const lexer = signal<((text: string) => readonly Token[]) | null>(null)
let isLoading = false

/** The page calls it at its start. A load that has failed begins again with the next text that needs the parser. */
export async function loadParser(): Promise<void> {
  if (isLoading) return
  isLoading = true
  try {
    lexer.value = (await import('./lexer.ts')).lex
  } catch {
    isLoading = false
  }
}

/**
 * The tokens of a text; null where it is shown as it is. A component that calls it renders again when the parser has
 * been loaded.
 */
export function parseMarkdown(text: string): Tokens {
  if (isPlain(text)) return null
  const known = parsed.get(text)
  if (known !== undefined) return known
  if (!lexer.value) {
    void loadParser()
    return null
  }
  const tokens = parse(text, lexer.value)
  const [oldest] = parsed.keys()
  if (parsed.size >= parsedMax && oldest !== undefined) parsed.delete(oldest)
  parsed.set(text, tokens)
  return tokens
}

function parse(text: string, lex: (text: string) => readonly Token[]): Tokens {
  if (isTooDeep.test(text)) return null
  try {
    return lex(text)
  } catch {
    return null
  }
}
