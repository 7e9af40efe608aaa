import * as z from 'zod'
import { emojiMaxBytes } from './limits.ts'

/** That is shown as text unless a selector follows. */
const textByDefault = /^[\p{Emoji}--\p{Emoji_Presentation}]$/v
const selectors = /[\ufe0e\ufe0f]/g
const selector = '\ufe0f'

/**
 * An emoji as Unicode calls it fully qualified: with a selector after each part that would be shown as
 * text. Keyboards leave selectors out, or add them: what looks the same is the same.
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

/** Unicode has set these code points aside for emojis to come: pickers may offer them before this runtime knows them. */
const toCome = String.raw`[\p{Extended_Pictographic}&&\p{Unassigned}]`
const picture = String.raw`(?:[\p{Emoji_Modifier_Base}${toCome}]\p{Emoji_Modifier}|[[\p{Emoji}${toCome}]--[0-9#*\p{Regional_Indicator}\p{Emoji_Modifier}]]\ufe0f?)`

/**
 * One emoji: what Unicode recommends for interchange; one that is newer than this runtime; or up to four
 * that are joined to one, as systems do beyond what is recommended (families in skin tones).
 */
const oneEmoji = new RegExp(
  String.raw`^(?:\p{RGI_Emoji}|${toCome}\p{Emoji_Modifier}?|${picture}(?:\u200d${picture}){1,3})$`,
  'v',
)

/** [M5] Whatever selectors it came with, it is the same reaction. */
export const emoji = z
  .string()
  .refine((value) => value.length <= emojiMaxBytes, { error: 'must be one emoji', abort: true })
  .overwrite(qualifyEmoji)
  .refine((value) => oneEmoji.test(value), 'must be one emoji')
  .describe('One emoji, with or without its variation selectors')
