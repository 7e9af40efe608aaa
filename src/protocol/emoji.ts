import * as z from 'zod'
import { emojiMaxBytes } from './limits.ts'

/** A character that is shown as text unless a variation selector follows. */
const textByDefault = /^[\p{Emoji}--\p{Emoji_Presentation}]$/v
const selectors = /[\ufe0e\ufe0f]/g
const selector = '\ufe0f'

/**
 * Returns the fully qualified form of an emoji (a Unicode term): with a selector after each part that would
 * otherwise be shown as text. Keyboards leave selectors out or add them, so emojis that look the same must
 * become equal.
 */
export function qualifyEmoji(given: string): string {
  const parts = Array.from(given.replace(selectors, ''))
  return parts
    .map((part, at) =>
      textByDefault.test(part) && !/^\p{Emoji_Modifier}$/u.test(parts[at + 1] ?? '')
        ? part + selector
        : part,
    )
    .join('')
}

/** Unicode reserves these code points for future emojis. Pickers may offer them before this runtime knows them. */
const toCome = String.raw`[\p{Extended_Pictographic}&&\p{Unassigned}]`
const picture = String.raw`(?:[\p{Emoji_Modifier_Base}${toCome}]\p{Emoji_Modifier}|[[\p{Emoji}${toCome}]--[0-9#*\p{Regional_Indicator}\p{Emoji_Modifier}]]\ufe0f?)`

/**
 * One emoji. It is one that Unicode recommends for interchange, one that is newer than this runtime, or up to
 * four joined emojis. Systems join more emojis than Unicode recommends (families with skin tones).
 */
const oneEmoji = new RegExp(
  String.raw`^(?:\p{RGI_Emoji}|${toCome}\p{Emoji_Modifier}?|${picture}(?:\u200d${picture}){1,3})$`,
  'v',
)

/** [M5] An emoji is the same reaction with and without its selectors. */
export const emoji = z
  .string()
  .refine((value) => value.length <= emojiMaxBytes, { error: 'must be one emoji', abort: true })
  .overwrite(qualifyEmoji)
  .refine((value) => oneEmoji.test(value), 'must be one emoji')
  .describe('One emoji, with or without its variation selectors')
