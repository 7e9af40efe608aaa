/** Something that a function does, and has to be allowed. */
export interface Need {
  readonly action: string
  /** An ARN; with `*` where the function makes up the rest. */
  readonly resource: string
  readonly context?: Readonly<Record<string, string>>
  /** What does it: a command, or AWS on the function's behalf. */
  readonly by: string
}
