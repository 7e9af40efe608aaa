/**
 * The words of a text as the database finds them (migrations/functions/search.ts), with their places: for
 * what is shown of a search. Tests hold the two together.
 */

/** A word as it is compared, and where it stands, in UTF-16 code units. */
export interface Word {
  readonly text: string
  /** One character of a script without spaces. */
  readonly isUnspaced: boolean
  readonly start: number
  readonly end: number
}

const marks = [
  String.raw`\u0300-\u036f\u0483-\u0487\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff`,
  String.raw`\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7`,
  String.raw`\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed`,
  String.raw`\u093c\u094d\u09bc\u09cd\u0a3c\u0a4d\u0abc\u0acd\u0b3c\u0b4d\u0bcd\u0c3c\u0c4d\u0cbc\u0ccd`,
  String.raw`\u0d3b\u0d3c\u0d4d\u0dca\u00ad\u200c\u200d\u2060\ufe00-\ufe0f`,
].join('')
const unspaced = [
  String.raw`\u0e00-\u0eff\u1000-\u1049\u1050-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f\u1780-\u17d3\u17d7-\u17e9`,
  String.raw`\u1100-\u11ff\ua960-\ua97f\uac00-\ud7ff`,
  String.raw`\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u{1b000}-\u{1b16f}`,
  String.raw`\u3105-\u312f\u31a0-\u31bf\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{3ffff}`,
].join('')
const markPattern = new RegExp(`[${marks}]+`, 'g')
const wordPattern = new RegExp(
  String.raw`(?<unspaced>[${unspaced}])|[[\p{Alphabetic}0-9]--[${unspaced}]]+`,
  'gv',
)
const others: Readonly<Record<string, string>> = {
  ς: 'σ',
  ı: 'i',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ...Object.fromEntries(
    ['٠١٢٣٤٥٦٧٨٩', '۰۱۲۳۴۵۶۷۸۹', '०१२३४५६७८९'].flatMap((digits) =>
      Array.from(digits, (digit, value) => [digit, String(value)]),
    ),
  ),
}
const otherSpelling = new RegExp(`[${Object.keys(others).join('')}]`, 'g')
const wordMaxCharacters = 64
const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' })

export function wordsOf(text: string): Word[] {
  const { folded, starts, ends } = foldWithPlaces(text)
  return Array.from(folded.matchAll(wordPattern), ({ 0: found, index, groups }) => ({
    text: cut(found),
    isUnspaced: groups?.['unspaced'] !== undefined,
    start: starts[index]!,
    end: ends[index + found.length - 1]!,
  }))
}

/**
 * A place is that of a whole grapheme: nothing that is shown begins or ends within one. So single letters
 * of Hangul (ㅋㅠ) are not put together as in the database, and not shown.
 */
function foldWithPlaces(text: string) {
  let folded = ''
  const starts: number[] = []
  const ends: number[] = []
  for (const { segment, index } of graphemes.segment(text)) {
    const part = fold(segment)
    folded += part
    for (let unit = 0; unit < part.length; unit++) {
      starts.push(index)
      ends.push(index + segment.length)
    }
  }
  return { folded, starts, ends }
}

function fold(grapheme: string): string {
  if (grapheme.length === 1 && grapheme < '\u0080') return grapheme.toLowerCase()
  return grapheme
    .normalize('NFKD')
    .replace(markPattern, '')
    .normalize('NFKC')
    .toLowerCase()
    .replace(otherSpelling, (character) => others[character]!)
}

function cut(found: string): string {
  return found.length <= wordMaxCharacters
    ? found
    : Array.from(found).slice(0, wordMaxCharacters).join('')
}
