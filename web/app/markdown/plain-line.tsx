import type { ComponentChildren } from 'preact'

/** A text on one line. Names in it do not decide its direction: they are Latin, also in Arabic texts. */
export function plainLine(text: string): ComponentChildren {
  if (!/[@＠]/.test(text)) return text
  return text
    .split(/([@＠]\w{1,32})/)
    .map((part, at) => (at % 2 === 1 ? <bdi key={at}>{part}</bdi> : part))
}
