/**
 * Matches any character that is visible by itself. These are not: spaces, control characters, the characters that
 * Unicode calls default ignorable (joiners, selectors, fillers, direction marks), and a few characters that are
 * blank by design: the empty braille pattern, annotation anchors, an empty note head, and two blank hieroglyphs.
 */
const visible =
  /[^\s\p{White_Space}\p{Cc}\p{Default_Ignorable_Code_Point}\u2800\ufff9-\ufffb\u{1d159}\u{13441}\u{13442}]/u

/** Whether a text has at least one visible character. */
export function hasVisible(text: string): boolean {
  return visible.test(text)
}

/** A joiner after a letter or mark. The spelling of Persian and of Indian languages needs it. */
const joiner = String.raw`(?<=[\p{L}\p{M}])[\u200c\u200d]`

/** Characters that are invisible and hard to type again, and unassigned code points. */
const unseen = new RegExp(
  String.raw`(?!${joiner})[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]`,
  'u',
)

/** Whether a text has a character that is invisible or unknown to Unicode, other than a space or a joiner within a word. */
export function hasUnseen(text: string): boolean {
  return unseen.test(text)
}

/** Whether `text` has at most `max` code points. Its length in UTF-16 units decides most cases without counting. */
export function hasAtMost(text: string, max: number): boolean {
  if (text.length <= max) return true
  if (text.length > max * 2) return false
  return countCodePoints(text) <= max
}

export function countCodePoints(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}
