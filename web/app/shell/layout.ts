import { type ReadonlySignal, signal } from '@preact/signals'

/** The widths are those of app.css, too. */
function isAtMost(width: number): ReadonlySignal<boolean> {
  const media = matchMedia(`(max-width: ${width}px)`)
  const is = signal(media.matches)
  media.addEventListener('change', ({ matches }) => void (is.value = matches))
  return is
}

/** A panel takes the place of the conversation. */
export const isPanelAlone = isAtMost(1100)

/** The list of rooms or what it leads to: one of them is shown. */
export const isOnePane = isAtMost(640)
