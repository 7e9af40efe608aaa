import { StartError } from '../machine/start-error.ts'

/** An option or variable that cannot be used; the message names it. */
export class SettingsError extends StartError {}

/** A value and the name of the option or variable that it came under. */
export interface NamedValue {
  readonly name: string
  readonly value: string | undefined
}
