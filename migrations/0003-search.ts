import { functions } from './functions/search.ts'

/**
 * The words of a text are others now: emojis are words, letters of several keyboards are one, and a long text has
 * fewer. So each text is indexed anew, by the functions of this release.
 */
export const statements = [
  ...functions,
  'update messages set text = text where text is not null',
] as const
