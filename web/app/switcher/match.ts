/** Ignores case, accents and other forms of the same letter. */
const fold = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()

const wordsOf = (folded: string): string[] => folded.split(/[^\p{L}\p{N}]+/u).filter(Boolean)

/**
 * Returns how well a name matches the typed text, from 1 to 5, or null when it does not match. Each typed word
 * has to match, in any order: as the beginning of a word of the name (3), as the first letters of its words or a
 * part of it (2), or as letters of it in their order from the beginning of a word on (1). A name that begins with
 * the whole text matches best.
 */
export function fitOf(typed: string, name: string): number | null {
  const [query, text] = [fold(typed).trim(), fold(name)]
  if (text === query) return 5
  if (text.startsWith(query)) return 4
  const words = wordsOf(query)
  // The text has only symbols, such as an emoji.
  if (words.length === 0) return text.includes(query) ? 2 : null
  const ofText = wordsOf(text)
  const fits = words.map((word) => fitOfWord(word, ofText))
  return fits.every((fit) => fit !== null) ? Math.min(...fits) : null
}

function fitOfWord(word: string, words: readonly string[]): number | null {
  if (words.some((each) => each.startsWith(word))) return 3
  const first = words.map((each) => Array.from(each)[0]).join('')
  if (first.includes(word) || words.some((each) => each.includes(word))) return 2
  const isInOrder = words.some((_, at) => hasInOrder(words.slice(at).join(''), word))
  return isInOrder ? 1 : null
}

/** Whether `text` begins with the first letter and has the others after it, in their order. */
function hasInOrder(text: string, letters: string): boolean {
  const [first, ...others] = Array.from(letters)
  if (first === undefined || !text.startsWith(first)) return false
  let at = first.length
  for (const letter of others) {
    const found = text.indexOf(letter, at)
    if (found < 0) return false
    at = found + letter.length
  }
  return true
}

/**
 * Sorts the best matches first. Equal matches keep their order. With an empty text it returns all, in their
 * order.
 */
export function bestOf<T>(
  typed: string,
  items: readonly T[],
  namesOf: (item: T) => readonly string[],
): T[] {
  if (!typed.trim()) return [...items]
  const fits = items.map((item) => {
    const of = namesOf(item).map((name) => fitOf(typed, name) ?? 0)
    return { item, fit: Math.max(0, ...of) }
  })
  return fits
    .filter(({ fit }) => fit > 0)
    .toSorted((a, b) => b.fit - a.fit)
    .map(({ item }) => item)
}
