import { signal } from '@preact/signals'

const spoken = signal('')
let waiting: string[] = []
let timer: ReturnType<typeof setTimeout> | undefined

/** So long texts are gathered, so that a burst is one announcement. */
const gatherMs = 400

/** Has a screen reader say something, after what it says now. */
export function announce(text: string): void {
  waiting.push(text)
  timer ??= setTimeout(() => {
    timer = undefined
    const next = waiting.join(' ')
    waiting = []
    // The same text twice is said twice only when the region was empty in between.
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
