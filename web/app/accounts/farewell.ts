import { signal } from '@preact/signals'

/** Why nobody is signed in, where the user has wanted it so; the page to sign in says it. */
export const farewell = signal<'deleted' | 'passwordSet' | null>(null)

/** With which the form to sign in begins. */
export const knownUsername = signal('')
