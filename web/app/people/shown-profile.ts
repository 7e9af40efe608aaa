import { signal } from '@preact/signals'

/** A user, with the data that is known where they are named. */
export interface Person {
  readonly id: number
  readonly username: string
  readonly display_name: string | null
}

/** The user whose profile is open. */
export const shownProfile = signal<Person | null>(null)
