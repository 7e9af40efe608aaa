import { signal } from '@preact/signals'

/**
 * The subject of a report: a message or a user. `name` is the name of the user or of the message's author.
 */
export type Reported =
  | {
      readonly what: 'message'
      readonly roomId: number
      readonly seq: number
      readonly name: string
    }
  | { readonly what: 'user'; readonly username: string; readonly name: string }

/** The subject of the open report dialog. */
export const reported = signal<Reported | null>(null)
