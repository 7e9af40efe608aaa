import { indexedCharactersMax, indexedWordsMax } from '../../protocol/limits.ts'

/**
 * The words of a text, as the database finds them (migrations/functions/search.ts), with their places. Search results
 * show these places. Tests compare the two implementations.
 */

/** A word in the form that is compared, and its place in the text in UTF-16 code units. */
export interface Word {
  readonly text: string
  /** Whether it is one character of a script without spaces between words. */
  readonly isUnspaced: boolean
  readonly start: number
  readonly end: number
}

const marks = [
  String.raw`\u0300-\u036f\u0483-\u0487\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff`,
  String.raw`\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7`,
  String.raw`\u0610-\u061a\u0640\u064b-\u065f\u0670\u0674\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed`,
  String.raw`\u093c\u094d\u09bc\u09cd\u0a3c\u0a4d\u0abc\u0acd\u0b3c\u0b4d\u0bcd\u0c3c\u0c4d\u0cbc\u0ccd`,
  String.raw`\u0d3b\u0d3c\u0d4d\u0dca\u00ad\u200c\u200d\u2060\ufe00-\ufe0f\u{1f3fb}-\u{1f3ff}`,
].join('')
const unspaced = [
  String.raw`\u0e00-\u0eff\u1000-\u1049\u1050-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f\u1780-\u17d3\u17d7-\u17e9`,
  String.raw`\u1100-\u11ff\ua960-\ua97f\uac00-\ud7ff`,
  String.raw`\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u{1b000}-\u{1b16f}`,
  String.raw`\u3105-\u312f\u31a0-\u31bf\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{3ffff}`,
].join('')
const emoji = [
  String.raw`[\u{1f1e6}-\u{1f1ff}]{1,2}|`,
  String.raw`[\u00a9\u00ae\u2194-\u2199\u21a9\u21aa\u231a\u231b\u2328\u23cf\u23e9-\u23f3\u23f8-\u23fa\u25aa\u25ab\u25b6\u25c0`,
  String.raw`\u25fb-\u25fe\u2600-\u275a\u2761-\u2767\u2794-\u27bf\u2934\u2935\u2b05-\u2b07\u2b1b\u2b1c\u2b50\u2b55`,
  String.raw`\u3030\u303d\u{1f000}-\u{1f0ff}\u{1f18e}\u{1f191}-\u{1f19a}\u{1f300}-\u{1f3fa}`,
  String.raw`\u{1f400}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f7e0}-\u{1f7f0}\u{1f900}-\u{1faff}]`,
  String.raw`[\u{e0020}-\u{e007f}]*`,
].join('')
const markPattern = new RegExp(`[${marks}]+`, 'gv')
const wordPattern = new RegExp(
  String.raw`(?<unspaced>[${unspaced}])|${emoji}|[[\p{Alphabetic}0-9]--[${unspaced}]]+`,
  'gv',
)
const letters = {
  σ: 'ς',
  i: 'ı',
  o: 'ø',
  l: 'ł',
  d: 'đ',
  ss: 'ß',
  ae: 'æ',
  oe: 'œ',
  '\u06cc': '\u064a\u0649',
  '\u06a9': '\u0643\u06aa',
  '\u0647': '\u0629\u06d5\u06c1\u06be\u06c3',
  '\u0627': '\u0671\u0672\u0673',
}
const zeros = [
  0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50, 0xed0,
  0xf20, 0x1040, 0x17e0, 0x1810,
]
/** The character that each of these characters is compared as. */
const compared = new Map([
  ...Object.entries(letters).flatMap(([letter, others]) =>
    Array.from(others, (other) => [other, letter] as const),
  ),
  ...zeros.flatMap((zero) =>
    Array.from(
      '0123456789',
      (digit) => [String.fromCodePoint(zero + Number(digit)), digit] as const,
    ),
  ),
])
const otherSpelling = new RegExp(`[${[...compared.keys()].join('')}]`, 'g')
const wordMaxCharacters = 64
const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' })

/** The indexed words of a text. Words after the limits of the index are neither found nor shown. */
export function wordsOf(text: string): Word[] {
  const { folded, startOf, endOf } = foldWithPlaces(text)
  const words: Word[] = []
  for (const { 0: found, index, groups } of folded.matchAll(wordPattern)) {
    words.push({
      text: cut(found, wordMaxCharacters),
      isUnspaced: groups?.['unspaced'] !== undefined,
      start: startOf(index),
      end: endOf(index + found.length - 1),
    })
    if (words.length === indexedWordsMax) break
  }
  return words
}

interface Folded {
  readonly folded: string
  /** The place in the text where a code unit of `folded` begins, and where it ends. */
  readonly startOf: (at: number) => number
  readonly endOf: (at: number) => number
}

/**
 * Folds a text, and keeps the place of each code unit. A place covers a whole grapheme, so nothing that is shown begins
 * or ends inside of one. For this reason single letters of Hangul (ㅋㅠ) are not composed here, as the database does, and
 * are not shown.
 */
function foldWithPlaces(text: string): Folded {
  // oxlint-disable-next-line no-control-regex -- all of ASCII
  if (/^[\0-\x7f]*$/.test(text)) {
    const folded = text.toLowerCase().slice(0, indexedCharactersMax)
    return { folded, startOf: (at) => at, endOf: (at) => at + 1 }
  }
  let folded = ''
  let left = indexedCharactersMax
  const starts: number[] = []
  const ends: number[] = []
  for (const { segment, index } of graphemes.segment(text)) {
    const whole = fold(segment)
    const part = cut(whole, left)
    folded += part
    left -= part.length === 1 ? 1 : Array.from(part).length
    for (let unit = 0; unit < part.length; unit++) {
      starts.push(index)
      ends.push(index + segment.length)
    }
    if (left === 0) break
  }
  return { folded, startOf: (at) => starts[at]!, endOf: (at) => ends[at]! }
}

function fold(grapheme: string): string {
  if (grapheme.length === 1 && grapheme < '\u0080') return grapheme.toLowerCase()
  return grapheme
    .normalize('NFKD')
    .replace(markPattern, '')
    .normalize('NFKC')
    .toLowerCase()
    .replace(otherSpelling, (character) => compared.get(character)!)
}

/** The first `characters` characters of a text. */
function cut(text: string, characters: number): string {
  return text.length <= characters ? text : Array.from(text).slice(0, characters).join('')
}
