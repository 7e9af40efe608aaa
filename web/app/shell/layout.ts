import { type ReadonlySignal, signal } from '@preact/signals'

/** app.css has the same widths. */
function isAtMost(width: number): ReadonlySignal<boolean> {
  const media = matchMedia(`(max-width: ${width}px)`)
  const is = signal(media.matches)
  media.addEventListener('change', ({ matches }) => void (is.value = matches))
  return is
}

/** Whether a panel is shown in place of the conversation. */
export const isPanelAlone = isAtMost(1100)

/** Whether only one of the list of rooms and its target is shown. */
export const isOnePane = isAtMost(640)
