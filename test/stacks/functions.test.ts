import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type FunctionName, functionEntries } from '../../functions/routes.ts'
import { functionNamed, permissionsOf, resourcesOf } from './resources.ts'
import { synthesize } from './synthesize.ts'

let stacks: Awaited<ReturnType<typeof synthesize>>
beforeAll(async () => (stacks = await synthesize('prod')))
afterAll(() => stacks[Symbol.asyncDispose]())

const statements = [
  'rds-data:BeginTransaction on rds:cluster:Data:DatabaseCluster',
  'rds-data:CommitTransaction on rds:cluster:Data:DatabaseCluster',
  'rds-data:ExecuteStatement on rds:cluster:Data:DatabaseCluster',
  'rds-data:RollbackTransaction on rds:cluster:Data:DatabaseCluster',
  'secretsmanager:GetSecretValue on Data:DatabaseAppSecret',
]
const push = 'execute-api:ManageConnections on execute-api:<SocketsApi>/live/POST/@connections/*'
const close = 'execute-api:ManageConnections on execute-api:<SocketsApi>/live/DELETE/@connections/*'
const keys = 'secretsmanager:GetSecretValue on Data:JwtKeysSecret'
const origin = 'secretsmanager:GetSecretValue on Data:OriginSecret'

/** Beside what all may do: write their own log, and traces. */
const permissions: Record<FunctionName, readonly string[]> = {
  api: [...statements, push, close, keys, origin],
  connect: [...statements, push, keys, origin],
  disconnect: [...statements, push],
  sendmessage: [...statements, push],
  frame: [...statements, push],
}
const names = Object.keys(functionEntries) as FunctionName[]

describe('a function', () => {
  test.each(names)('%s may do just what its code calls', (name) => {
    const logs = `<${name}Logs.Arn>`
    expect(permissionsOf(stacks.application, functionNamed(stacks.application, name))).toEqual(
      [
        ...permissions[name],
        `logs:CreateLogStream on ${logs}`,
        `logs:PutLogEvents on ${logs}`,
        'xray:PutTelemetryRecords on *',
        'xray:PutTraceSegments on *',
      ].toSorted(),
    )
  })

  test('is on ARM, with the current runtime, and is traced', () => {
    for (const name of names) {
      expect(functionNamed(stacks.application, name).Properties).toMatchObject({
        Architectures: ['arm64'],
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        TracingConfig: { Mode: 'Active' },
      })
    }
  })

  test('needs no concurrency reserved, which a new account has none of', () => {
    for (const { Properties } of resourcesOf(stacks.application, 'AWS::Lambda::Function')) {
      expect(Properties['ReservedConcurrentExecutions']).toBeUndefined()
    }
  })

  test('writes into a log group of its own, which forgets', () => {
    const groups = new Set<string>()
    for (const { Properties } of resourcesOf(stacks.application, 'AWS::Lambda::Function')) {
      const group = Properties['LoggingConfig'].LogGroup.Ref as string
      expect(groups).not.toContain(group)
      groups.add(group)
    }
    for (const { Properties } of resourcesOf(stacks.application, 'AWS::Logs::LogGroup')) {
      expect(Properties['RetentionInDays']).toBe(90)
    }
  })
})
