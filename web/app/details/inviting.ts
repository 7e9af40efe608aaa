import { signal } from '@preact/signals'

/** The room to which the user wants to add people. The list of members opens the dialog, when it is shown. */
export const invitingTo = signal<number | null>(null)
