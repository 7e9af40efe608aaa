import { computed, effect, signal } from '@preact/signals'
import { profile, session } from './client.ts'

const storageKey = 'quick-connect-name'

interface Known {
  readonly id: number
  readonly display_name: string | null
}

function readKnown(): Known | null {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(storageKey) ?? 'null')
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- this module wrote it
    return stored && typeof stored === 'object' && 'id' in stored ? (stored as Known) : null
  } catch {
    return null
  }
}

/** The display name that the server has told last. After a reload it is shown until the server tells it again. */
const known = signal(readKnown())

effect(() => {
  if (!profile.value) return
  const { id, display_name } = profile.value
  known.value = { id, display_name }
  try {
    localStorage.setItem(storageKey, JSON.stringify(known.value))
  } catch {
    // The storage is full or closed: after a reload the username is shown for a moment.
  }
})

/** Deletes what is stored on this machine. */
export function forgetOwnName(): void {
  known.value = null
  try {
    localStorage.removeItem(storageKey)
  } catch {
    // Nothing could be stored.
  }
}

/** The name of the user who is signed in: the display name, or else the username. */
export const ownName = computed(() => {
  const { user } = session.value
  const displayName = known.value?.id === user?.id ? known.value?.display_name : null
  return displayName ?? user?.username ?? ''
})
