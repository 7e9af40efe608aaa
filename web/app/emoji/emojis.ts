import table from 'virtual:emojis'

export interface Emoji {
  readonly emoji: string
  /** The English Unicode name. */
  readonly name: string
  /** The names between colons. */
  readonly code: string
}

/** Names that are common in other chats. */
const usual: Readonly<Record<string, string>> = {
  '👍': '+1 thumbsup',
  '👎': '-1 thumbsdown',
  '❤️': 'heart love',
  '😂': 'joy lol',
  '🤣': 'rofl',
  '😄': 'smile',
  '😃': 'smiley',
  '😆': 'laughing',
  '😉': 'wink',
  '😊': 'blush',
  '😍': 'heart_eyes',
  '🤔': 'thinking',
  '😢': 'cry',
  '😭': 'sob',
  '😡': 'rage angry',
  '😱': 'scream',
  '😎': 'sunglasses cool',
  '🙃': 'upside_down',
  '🤷': 'shrug',
  '🤦': 'facepalm',
  '🎉': 'tada party hooray',
  '🙏': 'pray thanks please',
  '👏': 'clap applause',
  '👋': 'wave hello bye',
  '👌': 'ok_hand',
  '💪': 'muscle strong',
  '🙌': 'raised_hands',
  '✅': 'check done white_check_mark',
  '❌': 'x no',
  '⚠️': 'warning',
  '💯': '100',
  '🐛': 'bug',
  '🚢': 'ship shipit',
  '☕': 'coffee',
  '🍵': 'tea',
  '🎂': 'cake birthday',
}

export const groups: readonly { readonly name: string; readonly emojis: readonly Emoji[] }[] = table
  .split('\n\n')
  .map((paragraph) => {
    const [name = '', ...lines] = paragraph.split('\n')
    return {
      name,
      emojis: lines.map((line) => {
        const space = line.indexOf(' ')
        const [emoji, called] = [line.slice(0, space), line.slice(space + 1)]
        const own = called.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '_')
        const code = usual[emoji]?.split(' ')[0] ?? own.replace(/^_|_$/g, '')
        return { emoji, name: called, code }
      }),
    }
  })

const all = groups.flatMap(({ emojis }) => emojis)
const wordsOf = (text: string) =>
  text
    .toLowerCase()
    .split(/[^\p{L}\p{N}+-]+/u)
    .filter(Boolean)
const searched = all.map((each) => {
  const codes = usual[each.emoji]?.split(' ') ?? []
  return { each, codes: [...codes, each.code], words: wordsOf(`${each.name} ${codes.join(' ')}`) }
})

/** Returns the emojis that match the typed text. Those whose common name begins with it come first. */
export function findEmojis(typed: string, max: number): Emoji[] {
  const words = wordsOf(typed)
  if (words.length === 0) return []
  const whole = typed.trim().toLowerCase()
  const fits = searched.flatMap(({ each, codes, words: its }) => {
    if (codes.includes(whole)) return [{ each, fit: 3 }]
    if (codes.some((code) => code.startsWith(whole))) return [{ each, fit: 2 }]
    return words.every((word) => its.some((other) => other.startsWith(word)))
      ? [{ each, fit: 1 }]
      : []
  })
  return fits
    .toSorted((a, b) => b.fit - a.fit)
    .slice(0, max)
    .map(({ each }) => each)
}

/** Returns the emoji with exactly this name between colons. */
export const emojiNamed = (code: string): string | undefined =>
  searched.find(({ codes }) => codes.includes(code.toLowerCase()))?.each.emoji

const recentKey = 'quick-connect-recent-emojis'
const recentMax = 16

export function recentEmojis(): readonly Emoji[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(recentKey) ?? '[]')
    const list = Array.isArray(kept) ? kept : []
    return list.flatMap((emoji) => all.find((each) => each.emoji === emoji) ?? [])
  } catch {
    return []
  }
}

export function keepRecent(emoji: string): void {
  const others = recentEmojis().flatMap((each) => (each.emoji === emoji ? [] : [each.emoji]))
  try {
    localStorage.setItem(recentKey, JSON.stringify([emoji, ...others].slice(0, recentMax)))
  } catch {
    // The storage is blocked, so none are kept.
  }
}
