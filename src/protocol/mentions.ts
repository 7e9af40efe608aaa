import { withoutCode } from './code.ts'
import { mentionsMax } from './limits.ts'

/** What East Asian keyboards write in full width: the sign, and the letters of names. */
const wide = /[＠﹫０-９Ａ-Ｚａ-ｚ＿]/g
const toNarrow = (sign: string) => sign.normalize('NFKC')

const unspaced = String.raw`[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]`
/** Before the sign, not counting underscores: no word, and no part of an address. */
const notInWord = String.raw`(?<![[\p{L}\p{N}@]--${unspaced}]\p{M}*_*)(?<!\p{L}\p{M}*_*(?=@\w+\.[\p{L}\p{N}]))`
const notGoingOn = String.raw`(?![\p{sc=Latin}\p{M}\p{N}_@])`

/** A mention with the underscores before it; other underscores; the end of a paragraph. */
const tokens = new RegExp(
  String.raw`(?<opening>_*)(?=@)${notInWord}@(?<name>\w+)${notGoingOn}|(?<underscores>_+)|\n\s*\n`,
  'gv',
)
const nameMaxLength = 32

/**
 * [N1] The usernames that a text mentions, in lower case, each once; the first of too many.
 *
 * A mention is `@username` that is not part of something longer: a word or number (`joe@ana`, `@anaïs`),
 * a path (`/@ana`, but `@ana/@bo` are two), an address (`joe@ana.example`, `@ana@chat.example`). Scripts
 * that put no space between words may be next to it, and so may whatever follows a name in other letters
 * than its own (`@ana에게`), unless that makes it an address. Underscores that only emphasize, as in
 * `_@ana_`, are no part of a name. In code nobody is mentioned.
 */
export function findMentions(text: string): string[] {
  if (!/[@＠﹫]/.test(text)) return []
  const prose = withoutCode(text).replace(wide, toNarrow)
  const names = new Set<string>()
  /** So many underscores emphasize what follows. */
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
