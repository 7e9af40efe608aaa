/** A picture, with the selector that it needs to be shown as one, or with the skin tone that follows it. */
const picture = String.raw`(?:\p{Emoji_Presentation}\ufe0f?|\p{ExtPict}\ufe0f|\p{Emoji_Modifier_Base}(?=\p{Emoji_Modifier}))\p{Emoji_Modifier}?`
/** Follows a black flag: the letters of a region, such as Scotland. */
const region = String.raw`(?:[\u{e0020}-\u{e007e}]+\u{e007f})?`
const joined = String.raw`(?:\u200d\p{ExtPict}\ufe0f?\p{Emoji_Modifier}?)*`
const flag = String.raw`\p{RI}{2}`
const key = String.raw`[0-9#*]\ufe0f\u20e3`

/**
 * `\p{RGI_Emoji}` would be shorter. It is a list of more than 3,000 texts, and V8 takes 6 to 12 ms to compile it, more
 * than once: for the first text, and again for the first text with an emoji. This pattern takes less than 1 ms. It also
 * accepts joined emojis without the selectors that Unicode recommends, as some keyboards write them.
 */
const emojis = new RegExp(
  String.raw`^\s*(?:(?:${flag}|${key}|(?!\p{RI})${picture}${region}${joined})\s*){1,3}$`,
  'u',
)
const maxLength = 40

/** Whether a text is only one to three emojis. It is shown large then. */
export const isEmojisAlone = (text: string): boolean =>
  text.length <= maxLength && emojis.test(text)
