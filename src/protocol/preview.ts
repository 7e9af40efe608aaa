import { previewMaxCodePoints } from './limits.ts'

/** Returns the beginning of a message, cut between code points. */
export function preview(text: string): string {
  if (text.length <= previewMaxCodePoints) return text
  const points = Array.from(text)
  if (points.length <= previewMaxCodePoints) return text
  return `${points.slice(0, previewMaxCodePoints).join('')}…`
}
