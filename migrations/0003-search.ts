import { functions } from './functions/search.ts'

/**
 * The rules for words have changed: emojis are words, variants of a letter on several keyboards are one letter, and
 * long texts have fewer words. So the functions of this release index each text again.
 */
export const statements = [
  ...functions,
  'update messages set text = text where text is not null',
] as const
