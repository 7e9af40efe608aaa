import { signal } from '@preact/signals'

const narrow = matchMedia('(max-width: 1100px)')

/** A panel takes the place of the conversation: app.css has the same width. */
export const isPanelAlone = signal(narrow.matches)
narrow.addEventListener('change', ({ matches }) => void (isPanelAlone.value = matches))
