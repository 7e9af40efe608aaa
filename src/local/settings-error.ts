/** An option or variable that cannot be used; the message is one line that names it. */
export class SettingsError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'SettingsError'
  }
}

/** A value and the name of the option or variable that it came under. */
export interface NamedValue {
  readonly name: string
  readonly value: string | undefined
}
