import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { Assembly } from '../../lib/checks/assembly.ts'
import { applyRules } from '../../lib/checks/rule.ts'
import { rulesFor } from '../../lib/checks/rules/index.ts'

function findings(resources: Record<string, unknown>, rule: string) {
  const stack = {
    name: 'App',
    templatePath: 'App.template.json',
    template: { Resources: resources },
    assets: new Map<string, string>(),
  }
  const rules = rulesFor({ isProtected: false, keepsData: false }).filter(({ id }) => id === rule)
  return applyRules(rules, new Assembly([stack])).map(({ resource, message }) => [
    resource?.id,
    message,
  ])
}

function clusterOf(MaxCapacity: unknown) {
  const ServerlessV2ScalingConfiguration = { MinCapacity: 0.5, MaxCapacity }
  return { Type: 'AWS::RDS::DBCluster', Properties: { ServerlessV2ScalingConfiguration } }
}

describe('a rule', () => {
  test('says what is wrong, what to do, and which resource it is', () => {
    const group = { Type: 'AWS::Logs::LogGroup', Properties: {} }
    expect(findings({ Log: group }, 'log-retention')).toEqual([
      ['Log', 'RetentionInDays is not set: set it'],
    ])
  })

  test('that cannot resolve a value fails, and the other rules run', () => {
    const unknown = { 'Fn::If': ['IsLarge', 64, 16] }
    expect(findings({ A: clusterOf(unknown), B: clusterOf(0.7) }, 'database-capacity')).toEqual([
      ['A', expect.stringContaining('cannot be checked: cannot resolve {"Fn::If"')],
      ['B', 'MaxCapacity is 0.7: take 1 to 256 in steps of 0.5'],
    ])
  })

  test('requires less of a disposable stage', () => {
    const cluster = { Type: 'AWS::RDS::DBCluster', DeletionPolicy: 'Delete', Properties: {} }
    expect(findings({ Cluster: cluster }, 'database-protection')).toEqual([])
    expect(findings({ Cluster: cluster }, 'database-kept')).toEqual([])
  })
})

test('and its text are in the documents', () => {
  const text = readFileSync('docs/deploy-checks.md', 'utf8')
  const rows = [...text.matchAll(/^\| `([\w-]+)` +\| (.*?) +\|$/gm)].map(([, id, says]) => [
    id,
    says,
  ])
  expect(rows).toEqual(
    rulesFor({ isProtected: true, keepsData: true }).map(({ id, refuses }) => [id, refuses]),
  )
})
