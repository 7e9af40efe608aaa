import { signal } from '@preact/signals'

/** Somebody by what is known of them where they are named. */
export interface Person {
  readonly id: number
  readonly username: string
  readonly display_name: string | null
}

/** Whose profile is shown in front of the page. */
export const shownProfile = signal<Person | null>(null)
