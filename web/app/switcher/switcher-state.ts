import { signal } from '@preact/signals'

/** Whether the quick switcher is open. */
export const isSwitcherOpen = signal(false)
