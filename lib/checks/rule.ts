import type { StageSettings } from '../stage.ts'
import type { Assembly, Resource } from './assembly.ts'
import { Unresolvable } from './resolve.ts'

interface RuleOfResources {
  readonly id: string
  /** What the rule refuses, and why, if that is not obvious. This is a row of docs/deploy-checks.md. */
  readonly refuses: string
  readonly of: string | readonly string[]
  /** Returns what is wrong and what to do, one line each. */
  check(resource: Resource, assembly: Assembly): Iterable<string>
}

interface RuleOfAssemblies {
  readonly id: string
  readonly refuses: string
  readonly of: 'assembly'
  /** A finding about a missing resource has no resource. */
  checkAll(assembly: Assembly): Iterable<readonly [resource: Resource | undefined, message: string]>
}

export type Rule = RuleOfResources | RuleOfAssemblies

/** The settings of a stage that the rules depend on. */
export type StageToCheck = Pick<StageSettings, 'isProtected' | 'keepsData'> &
  Partial<Pick<StageSettings, 'environment' | 'releasesGradually'>>

export interface Finding {
  readonly rule: string
  readonly resource: Resource | undefined
  readonly message: string
}

/** Runs the rules. A value that a rule cannot resolve is a finding of that rule, never a pass. */
export function applyRules(rules: readonly Rule[], assembly: Assembly): Finding[] {
  return rules.flatMap((rule) => {
    if ('checkAll' in rule) return collect(rule.id, undefined, () => rule.checkAll(assembly))
    const types = typeof rule.of === 'string' ? [rule.of] : rule.of
    return assembly.ofType(...types).flatMap((resource) =>
      collect(rule.id, resource, function* () {
        for (const message of rule.check(resource, assembly)) yield [resource, message]
      }),
    )
  })
}

function collect(
  rule: string,
  checked: Resource | undefined,
  find: () => Iterable<readonly [resource: Resource | undefined, message: string]>,
): Finding[] {
  const findings: Finding[] = []
  try {
    for (const [resource, message] of find()) findings.push({ rule, resource, message })
  } catch (error) {
    if (!(error instanceof Unresolvable)) throw error
    findings.push({ rule, resource: checked, message: `cannot be checked: ${error.message}` })
  }
  return findings
}
