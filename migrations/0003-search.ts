/**
 * The rules for words have changed: emojis are words, variants of a letter on several keyboards are one letter, and
 * long texts have fewer words. 0022-words.ts indexes messages without words again.
 */
export const statements = ['update messages set search = null where search is not null'] as const
