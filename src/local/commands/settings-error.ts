import { StartError } from '../machine/start-error.ts'

/** An option or variable has a value that cannot be used. The message names it. */
export class SettingsError extends StartError {}

/** A value, with the name of the option or variable that gave it. */
export interface NamedValue {
  readonly name: string
  readonly value: string | undefined
}
