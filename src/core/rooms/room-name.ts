import { randomInt } from 'node:crypto'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

export function randomWord(length: number): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('')
}

/** Latin letters that are in use today and that the library does not transliterate. Most are African or Sami. */
const letters =
  'ƀb ɓb ƈc ɖd ɗd ɛe ǝe ƒf ɠg ɣg ǥg ɨi ɩi ƙk ĸk ɫl ɲn ŋng ɔo ɵo ƥp ɽr ƭt ŧt ʉu ʊu ʋv ƴy ʒz ƶz'
    .split(' ')
    .map((pair): [string, string] => [pair.slice(0, 1), pair.slice(1)])

/**
 * Makes the name of a public room, for its path, from the letters, digits and underscores of its title. Letters lose
 * their marks first, so that ö becomes o in every language. Letters of other scripts that have only one reading become
 * Latin letters.
 */
export async function nameFromTitle(title: string): Promise<string> {
  // The library builds large tables when it is imported. So it is imported only when a room is created.
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
