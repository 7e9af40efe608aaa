import { signal } from '@preact/signals'

/** Why nobody is signed in, when the user has wanted it. The sign-in page shows it. */
export const farewell = signal<'deleted' | 'passwordSet' | null>(null)

/** The username that the sign-in form begins with. */
export const knownUsername = signal('')
