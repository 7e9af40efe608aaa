import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { StackSource } from '../../lib/checks/assembly.ts'
import { rulesFor } from '../../lib/checks/rules/index.ts'
import { makeTempDir } from '../support/temp-dir.ts'
import { Draft } from './draft.ts'
import { mutants } from './mutants/index.ts'
import { makeAssets, synthesizeSources } from './synthesize-sources.ts'
import { awsValidator, cdkNag, type Check, ownCheck, ownChecks } from './three-checks.ts'

/** Everything that checks templates before a deploy. */
const checks: Readonly<Record<string, Check>> = { own: ownChecks, aws: awsValidator, nag: cdkNag }
/**
 * Faults that the checks cannot evaluate and therefore refuse. For every other fault a rule has to say what is wrong. A
 * mutant that only breaks a reference would prove nothing.
 */
const cannotBeRead: ReadonlySet<string> = new Set([
  'a policy of AWS that allows everything',
  'a policy of a form that nothing here evaluates',
])
/**
 * Whether to fill the table of who finds what. It asks the other checks about each fault, too, which takes most of the
 * time.
 */
const isTableAsked = process.env['MUTANTS_TABLE'] === '1'

describe('one fault in the templates of prod', async () => {
  const dir = await makeTempDir()
  let stacks: readonly StackSource[]
  const before = new Map<string, ReadonlySet<string>>()
  const caught = new Map<string, ReadonlySet<string>>()

  beforeAll(async () => {
    const assets = await makeAssets(dir.path)
    stacks = synthesizeSources('prod', assets, join(dir.path, 'cdk.out'))
    for (const [name, check] of Object.entries(checks)) before.set(name, check(stacks))
  })
  afterAll(async () => {
    if (isTableAsked) process.stdout.write(tableOf(caught))
    await dir[Symbol.asyncDispose]()
  })

  test('is absent at the beginning', () => {
    expect([...before.get('aws')!]).toEqual([])
    // A template does not show what is acknowledged beside its construct.
    expect([...before.get('own')!].filter((it) => !it.startsWith('iam-foreign-role '))).toEqual([])
    expect(before.get('nag')).not.toEqual(new Set())
  })

  test.for(mutants)('is found by one of three checks: $name', async ({ name, rule, plant }) => {
    const draft = new Draft(stacks)
    plant(draft)
    const [changed, ...more] = draft.changed
    expect(more).toEqual([])
    const templatePath = join(dir.path, `${changed!.name}.mutant.json`)
    await writeFile(templatePath, JSON.stringify(changed!.template))
    // For a fault that one of our rules must find, the other checks are not asked.
    const asked: (readonly [string, Check])[] =
      rule === undefined || isTableAsked ? Object.entries(checks) : [['own', ownCheck(rule)]]
    const found = asked.map(([check, run]) => {
      // Only our checks see more than one template at a time.
      const all = run(check === 'own' ? draft.stacks : [{ ...changed!, templatePath }])
      return [check, [...all].filter((finding) => !before.get(check)!.has(finding))] as const
    })
    const says = found.filter(([, findings]) => findings.length > 0).map(([check]) => check)
    caught.set(name, new Set(says))
    expect(rule === undefined ? says.filter((check) => check !== 'own') : says).not.toEqual([])
    const [, findings] = found.find(([check]) => check === 'own')!
    const own = findings
      .filter((it) => cannotBeRead.has(name) || !it.includes('cannot be checked'))
      .map((finding) => finding.split(' ')[0])
    expect(own).toEqual(expect.arrayContaining(rule === undefined ? [] : [rule]))
  })

  test.runIf(isTableAsked)('each rule finds a fault that the others do not', () => {
    const byRule = Map.groupBy(mutants, ({ rule }) => rule)
    byRule.delete(undefined)
    const needless = [...byRule].filter(([, own]) =>
      own.every(({ name }) => caught.get(name)!.size > 1),
    )
    expect(needless.map(([rule]) => rule)).toEqual([])
  })

  test('there is one for each rule', () => {
    const rules = rulesFor({ isProtected: true, keepsData: true, releasesGradually: true }).map(
      ({ id }) => id,
    )
    expect(new Set(mutants.map(({ rule }) => rule))).toEqual(new Set([...rules, undefined]))
  })
})

function tableOf(caught: ReadonlyMap<string, ReadonlySet<string>>): string {
  const names = Object.keys(checks)
  const rows = [...caught].map(([fault, by]) =>
    row(
      names.map((name) => (by.has(name) ? 'x' : '-')),
      fault,
    ),
  )
  const sums = names.map((name) => [...caught.values()].filter((by) => by.has(name)).length)
  return [row(names, 'planted in prod'), ...rows, row(sums.map(String), `of ${caught.size}`)].join(
    '',
  )
}

function row(cells: readonly string[], fault: string): string {
  return `${cells.map((cell) => cell.padEnd(4)).join('')} ${fault}\n`
}
