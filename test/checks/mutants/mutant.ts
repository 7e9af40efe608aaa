import type { Draft } from '../draft.ts'

export interface Mutant {
  readonly name: string
  /** The rule of ours that says it; none where AWS's validator or cdk-nag does, and ours need not. */
  readonly rule: string | undefined
  /** Plants the one fault. */
  readonly plant: (draft: Draft) => void
}

export function mutant(
  name: string,
  rule: string | undefined,
  plant: (draft: Draft) => void,
): Mutant {
  return { name, rule, plant }
}
