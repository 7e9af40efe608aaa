import groups from 'unicode-emoji-json/data-by-group.json' with { type: 'json' }

/** Systems that are a few years old have no pictures of later ones. */
const newest = 15.1

/**
 * The emojis of the page as one text: a paragraph for each group, which begins with its name; then a line for each
 * emoji, with what it is called.
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

/** Gives the page the table as a module, which is loaded when it is first needed. */
export const emojiPlugin = {
  name: 'emojis',
  resolveId: (wanted: string) => (wanted === id ? `\0${id}` : undefined),
  load: (wanted: string) =>
    wanted === `\0${id}` ? `export default ${JSON.stringify(emojiTable())}` : undefined,
}
