import type { Draft } from '../draft.ts'

export interface Mutant {
  readonly name: string
  /**
   * The rule of ours that finds the fault. Undefined when AWS's validator or cdk-nag finds it, so that ours need not.
   */
  readonly rule: string | undefined
  /** Plants the fault. */
  readonly plant: (draft: Draft) => void
}

export function mutant(
  name: string,
  rule: string | undefined,
  plant: (draft: Draft) => void,
): Mutant {
  return { name, rule, plant }
}
