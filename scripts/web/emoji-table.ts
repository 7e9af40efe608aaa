import groups from 'unicode-emoji-json/data-by-group.json' with { type: 'json' }

/** Systems that are a few years old cannot show emojis of later versions. */
const newest = 15.1

/**
 * Returns the page's emojis as one text. Each group is a paragraph that begins with its name. Then each line has one
 * emoji and its name.
 */
export function emojiTable(): string {
  return groups
    .map(({ slug, emojis }) => {
      const known = emojis.filter(({ emoji_version }) => Number(emoji_version) <= newest)
      return [slug, ...known.map(({ emoji, name }) => `${emoji} ${name}`)].join('\n')
    })
    .join('\n\n')
}

const id = 'virtual:emojis'

/** Provides the table to the page as a module, which the page loads when it first needs it. */
export const emojiPlugin = {
  name: 'emojis',
  resolveId: (wanted: string) => (wanted === id ? `\0${id}` : undefined),
  load: (wanted: string) =>
    wanted === `\0${id}` ? `export default ${JSON.stringify(emojiTable())}` : undefined,
}
