import { signal } from '@preact/signals'

const spoken = signal('')
let waiting: string[] = []
let timer: ReturnType<typeof setTimeout> | undefined

/** Texts are gathered for this long, so that a burst is one announcement. */
const gatherMs = 400

/** Has a screen reader read a text, after the texts before it. */
export function announce(text: string): void {
  waiting.push(text)
  timer ??= setTimeout(() => {
    timer = undefined
    const next = waiting.join(' ')
    waiting = []
    // The same text is read twice only when the region was empty in between.
    spoken.value = ''
    requestAnimationFrame(() => void (spoken.value = next))
  }, gatherMs)
}

export function Announcer() {
  return (
    <div class="visually-hidden" role="status" aria-live="polite" aria-atomic="true">
      {spoken}
    </div>
  )
}
