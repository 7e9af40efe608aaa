import type { Check } from './check.ts'
import { Broken, Untried } from './expect.ts'
import { checks as allChecks, partsThatCannotBeTried, ruleTitles } from './checks.ts'
import { cleanUp, type CleanedUp } from './clean-up.ts'
import { World, type WorldOptions } from './world.ts'

export type Verdict = 'holds' | 'does not hold' | 'could not be tried'

export interface CheckResult {
  readonly title: string
  readonly verdict: Verdict
  readonly seconds?: number
  /** Only for a check that does not hold. */
  readonly expected?: string
  readonly seen?: string
  /** Only for a check that could not be tried. */
  readonly why?: string
}

export interface RuleResult {
  readonly rule: string
  readonly title: string
  /** A rule holds when at least one of its checks was made and none failed. */
  readonly verdict: Verdict
  readonly checks: readonly CheckResult[]
  /** The parts of the rule that nobody can check from outside, and why. */
  readonly beyond: readonly string[]
}

export interface RunReport {
  readonly url: string
  readonly rules: readonly RuleResult[]
  readonly seconds: number
  readonly cleanedUp: CleanedUp
}

export interface RunOptions extends WorldOptions {
  /** Checks only these rules. The default is all rules. */
  readonly only?: readonly string[] | undefined
  /** Stops the run. The clean-up still happens. */
  readonly interrupt?: AbortSignal
  /** Is called with each rule as soon as its checks are done. */
  readonly onRule?: (result: RuleResult) => void
  readonly checks?: readonly Check[]
}

/** The time limits of a check, of the run and of the clean-up. So a server that hangs cannot block the run. */
const checkMs = 30_000
const runMs = 240_000
const cleanUpMs = 150_000

export async function runConformance(options: RunOptions): Promise<RunReport> {
  const { only, interrupt, onRule, checks = allChecks } = options
  const started = performance.now()
  const world = new World(options)
  const rules: RuleResult[] = []
  try {
    for (const [rule, title] of Object.entries(ruleTitles)) {
      if (only && !only.includes(rule)) continue
      const results: CheckResult[] = []
      for (const check of checks.filter((each) => each.rule === rule)) {
        const spent = performance.now() - started - world.waitedMs
        const why = interrupt?.aborted
          ? 'the run was broken off'
          : spent > runMs
            ? 'the run took too long'
            : null
        results.push(
          why === null
            ? await timed(check, world, interrupt)
            : { title: check.title, verdict: 'could not be tried', why },
        )
      }
      const result = {
        rule,
        title,
        verdict: verdictOf(results),
        checks: results,
        beyond: beyondOf(rule),
      }
      rules.push(result)
      onRule?.(result)
    }
    world.signal = AbortSignal.timeout(cleanUpMs)
    world.revive()
    world.isStrict = false
    const cleanedUp = await cleanUp(world)
    return { url: options.url, rules, seconds: (performance.now() - started) / 1_000, cleanedUp }
  } finally {
    world.close()
  }
}

/** Also what parts of the rule have, such as `A5.6` of `A5`. */
function beyondOf(rule: string): string[] {
  return Object.entries(partsThatCannotBeTried).flatMap(([id, why]) =>
    id === rule || id.startsWith(`${rule}.`) ? why : [],
  )
}

async function timed(
  check: Check,
  world: World,
  interrupt: AbortSignal | undefined,
): Promise<CheckResult> {
  const started = performance.now()
  const result = await tryCheck(check, world, interrupt)
  return { title: check.title, ...result, seconds: (performance.now() - started) / 1_000 }
}

function verdictOf(results: readonly CheckResult[]): Verdict {
  if (results.some(({ verdict }) => verdict === 'does not hold')) return 'does not hold'
  return results.some(({ verdict }) => verdict === 'holds') ? 'holds' : 'could not be tried'
}

async function tryCheck(
  check: Check,
  world: World,
  interrupt: AbortSignal | undefined,
): Promise<Omit<CheckResult, 'title'>> {
  const end = new AbortController()
  world.beginCheck(end.signal)
  const onInterrupt = () => end.abort(new Untried('the run was broken off'))
  interrupt?.addEventListener('abort', onInterrupt)
  const started = performance.now()
  const waitedBefore = world.waitedMs
  const timer = setInterval(() => {
    const spent = performance.now() - started - (world.waitedMs - waitedBefore)
    if (spent > checkMs)
      end.abort(new Broken(`all of it within ${checkMs / 1_000} s`, 'that it was not done'))
  }, 100)
  try {
    try {
      // Aborting `end` ends everything that the check waits for.
      await check.run(world)
    } finally {
      world.endCheck()
    }
    return { verdict: 'holds' }
  } catch (error) {
    if (error instanceof Broken) {
      return { verdict: 'does not hold', expected: error.expected, seen: error.seen }
    }
    if (error instanceof Untried) return { verdict: 'could not be tried', why: error.message }
    // The answer had a form that the check did not verify before it continued.
    const seen = error instanceof Error ? `something else (${error.message})` : String(error)
    return { verdict: 'does not hold', expected: 'answers of the documented form', seen }
  } finally {
    clearInterval(timer)
    interrupt?.removeEventListener('abort', onInterrupt)
  }
}

/** Returns 0 when all checked rules hold and the clean-up left nothing behind. */
export function exitCodeOf({ rules, cleanedUp }: RunReport): 0 | 1 {
  return rules.every(({ verdict, checks }) => verdict === 'holds' || checks.length === 0) &&
    cleanedUp.left.length === 0
    ? 0
    : 1
}
