/** The word before the caret that can be completed. */
export interface Completing {
  readonly kind: 'mention' | 'emoji'
  /** The position of its sign. */
  readonly from: number
  readonly to: number
  readonly query: string
  /** Whether the colon that ends the name of an emoji was typed. */
  readonly isClosed: boolean
}

const mention = /(?<![\p{L}\p{N}\p{M}_@＠/.])[@＠](?<query>[\p{L}\p{N}\p{M}_]{0,32})$/u
const emoji =
  /(?<![\p{L}\p{N}\p{M}_:])(?<!\p{N}:)[:](?<query>[\p{L}\p{N}\p{M}_+-]{2,40})(?<end>:?)$/u

/** Returns what can be completed at the caret. Inside code there is nothing to complete. */
export function completingAt(text: string, caret: number): Completing | null {
  const before = text.slice(0, caret)
  const line = before.slice(before.lastIndexOf('\n') + 1)
  const isInCode = before.split('```').length % 2 === 0 || line.split('`').length % 2 === 0
  if (isInCode) return null
  const found = mention.exec(line) ?? emoji.exec(line)
  if (!found) return null
  const { query = '', end } = found.groups!
  const kind = found[0].startsWith(':') ? 'emoji' : 'mention'
  return { kind, from: caret - found[0].length, to: caret, query, isClosed: !!end }
}
