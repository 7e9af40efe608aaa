import { randomInt } from 'node:crypto'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

export function randomWord(length: number): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('')
}

/** Latin letters of living spellings that the library leaves as they are, most of them African or Sami. */
const letters =
  'ƀb ɓb ƈc ɖd ɗd ɛe ǝe ƒf ɠg ɣg ǥg ɨi ɩi ƙk ĸk ɫl ɲn ŋng ɔo ɵo ƥp ɽr ƭt ŧt ʉu ʊu ʋv ƴy ʒz ƶz'
    .split(' ')
    .map((pair): [string, string] => [pair.slice(0, 1), pair.slice(1)])

/**
 * The word for a public room's path: what a title leaves of letters, digits and underscores. Letters lose
 * their marks first, so that ö is o in every language; those of other scripts that have one reading become
 * Latin ones.
 */
export async function nameFromTitle(title: string): Promise<string> {
  // Its tables are only built for whoever makes a room.
  const { default: transliterate } = await import('@sindresorhus/transliterate')
  const bare = title
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .toLowerCase()
  const word = transliterate(bare, { customReplacements: letters })
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .slice(0, 56)
    .replace(/^_+|_+$/g, '')
  return word === '' ? `room_${randomWord(8)}` : word
}
