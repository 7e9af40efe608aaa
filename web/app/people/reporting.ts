import { signal } from '@preact/signals'

/** What is being reported: a message, or somebody. `name` is whose message, or who. */
export type Reported =
  | {
      readonly what: 'message'
      readonly roomId: number
      readonly seq: number
      readonly name: string
    }
  | { readonly what: 'user'; readonly username: string; readonly name: string }

/** What the dialog in front of the page is about. */
export const reported = signal<Reported | null>(null)
