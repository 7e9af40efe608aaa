import { withoutCode } from './code.ts'
import { mentionsMax } from './limits.ts'

/** The full-width characters of East Asian keyboards: the at sign, and the characters of names. */
const wide = /[＠﹫０-９Ａ-Ｚａ-ｚ＿]/g
const toNarrow = (sign: string) => sign.normalize('NFKC')

const unspaced = String.raw`[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]`
/** What may not stand before the at sign, apart from underscores: a word, or a part of an address. */
const notInWord = String.raw`(?<![[\p{L}\p{N}@]--${unspaced}]\p{M}*_*)(?<!\p{L}\p{M}*_*(?=@\w+\.[\p{L}\p{N}]))`
const notGoingOn = String.raw`(?![\p{sc=Latin}\p{M}\p{N}_@])`

/** Matches a mention with the underscores before it, other underscores, or the end of a paragraph. */
const tokens = new RegExp(
  String.raw`(?<opening>_*)(?=@)${notInWord}@(?<name>\w+)${notGoingOn}|(?<underscores>_+)|\n\s*\n`,
  'gv',
)
const nameMaxLength = 32

/**
 * [N1] Returns the usernames that a text mentions, in lower case, each once. If there are too many, it returns the first.
 *
 * A mention is `@username` that is not part of something longer: a word or number (`joe@ana`, `@anaïs`),
 * a path (`/@ana`, but `@ana/@bo` are two), an address (`joe@ana.example`, `@ana@chat.example`). Scripts
 * without spaces between words may stand next to it. Text in other letters than the name's may follow it
 * (`@ana에게`), unless that makes it an address. Underscores that only emphasize, as in `_@ana_`, are not part of
 * the name. Code mentions nobody.
 */
export function findMentions(text: string): string[] {
  if (!/[@＠﹫]/.test(text)) return []
  const prose = withoutCode(text).replace(wide, toNarrow)
  const names = new Set<string>()
  /** The number of underscores that are open as emphasis. */
  let open = 0
  let lastEnd = -1
  for (const { 0: token, index, groups } of prose.matchAll(tokens)) {
    const { opening, name, underscores } = groups!
    const end = index + token.length
    if (underscores !== undefined) {
      const before = prose[index - 1] ?? ' '
      const after = prose[end] ?? ' '
      if (open > 0 && !isSpace(before) && !isWord(after)) open -= Math.min(open, token.length)
      else if (!isWord(before) && !isSpace(after)) open += token.length
    } else if (name === undefined) {
      open = 0
    } else {
      open += opening!.length
      const closing = Math.min(open, underscoresAfter(name))
      open -= closing
      const mentioned = name.slice(0, name.length - closing)
      const isInPath = prose[index - 1] === '/' && index - 1 !== lastEnd
      if (mentioned === '' || mentioned.length > nameMaxLength || isInPath) continue
      lastEnd = end
      names.add(mentioned.toLowerCase())
      if (names.size === mentionsMax) break
    }
  }
  return [...names]
}

const isSpace = (character: string) => /\s/.test(character)
const isWord = (character: string) => /[\p{L}\p{N}]/u.test(character)

function underscoresAfter(name: string): number {
  let length = 0
  while (name.at(-1 - length) === '_') length++
  return length
}
