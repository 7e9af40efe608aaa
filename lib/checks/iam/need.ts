/** Something that a function does, and that its role has to allow. */
export interface Need {
  readonly action: string
  /** An ARN. It contains `*` where the function makes up the rest. */
  readonly resource: string
  readonly context?: Readonly<Record<string, string>>
  /** What needs it: a command, or AWS in the function's name. */
  readonly by: string
}
