import { describe, expect, test } from 'vitest'
import { Assembly } from '../../lib/checks/assembly.ts'
import { resolveText } from '../../lib/checks/resolve.ts'

const templates = {
  Data: {
    Resources: {
      Cluster: { Type: 'AWS::RDS::DBCluster' },
      Secret: { Type: 'AWS::SecretsManager::Secret' },
      Attachment: {
        Type: 'AWS::SecretsManager::SecretTargetAttachment',
        Properties: { SecretId: { Ref: 'Secret' } },
      },
    },
    Outputs: {
      TheSecret: { Value: { Ref: 'Attachment' } },
    },
  },
  App: {
    Resources: { Queue: { Type: 'AWS::SQS::Queue' }, Group: { Type: 'AWS::Logs::LogGroup' } },
    Mappings: {
      Runtimes: {
        'eu-west-1': { node: 'nodejs24.x', python: 'a' },
        'us-east-1': { node: 'nodejs24.x', python: 'b' },
      },
    },
  },
}

function resolve(value: unknown, stack: keyof typeof templates = 'App', place = {}): string {
  const assembly = new Assembly(
    Object.entries(templates).map(([name, template]) => ({
      name,
      templatePath: `${name}.template.json`,
      template,
      assets: new Map<string, string>(),
      ...place,
    })),
  )
  return resolveText(
    value,
    assembly.stacks.find(({ name }) => name === stack)!,
  )
}

function joined(...parts: unknown[]): unknown {
  return { 'Fn::Join': [':', ['arn', { Ref: 'AWS::Partition' }, ...parts]] }
}

describe('a value of a template', () => {
  test.for<[unknown, string]>([
    ['text', 'text'],
    [5, '5'],
    [{ Ref: 'Queue' }, '${App.Queue}'],
    [{ 'Fn::GetAtt': ['Queue', 'Arn'] }, '${App.Queue.Arn}'],
    [{ 'Fn::GetAtt': 'Queue.Arn' }, '${App.Queue.Arn}'],
    [{ Ref: 'BootstrapVersion' }, '${App.BootstrapVersion}'],
    [{ Ref: 'AWS::Region' }, '${AWS::Region}'],
    [{ 'Fn::Join': ['/', ['a', { Ref: 'Queue' }, 'b']] }, 'a/${App.Queue}/b'],
    [
      { 'Fn::Sub': 'x-${Queue}-${Queue.Arn}-${!Literal}' },
      'x-${App.Queue}-${App.Queue.Arn}-${Literal}',
    ],
    [
      { 'Fn::Sub': ['${Name}@${AWS::Region}', { Name: { Ref: 'Queue' } }] },
      '${App.Queue}@${AWS::Region}',
    ],
    [{ 'Fn::Select': [1, ['a', 'b']] }, 'b'],
    [{ 'Fn::Select': ['2', { 'Fn::Split': [':', 'a:${AWS::Region}:c'] }] }, 'c'],
    [{ 'Fn::FindInMap': ['Runtimes', { Ref: 'AWS::Region' }, 'node'] }, 'nodejs24.x'],
  ])('%j is %s', ([value, text]) => {
    expect(resolve(value)).toBe(text)
  })

  test('of another stack is the output of that stack', () => {
    const output = { StackName: 'Data', OutputName: 'TheSecret', Region: { Ref: 'AWS::Region' } }
    expect(resolve({ 'Fn::GetStackOutput': output })).toBe('${Data.Secret}')
  })

  test('that is an ARN has one text, in every spelling', () => {
    const here = [{ Ref: 'AWS::Region' }, { Ref: 'AWS::AccountId' }]
    expect(resolve({ 'Fn::GetAtt': ['Cluster', 'DBClusterArn'] }, 'Data')).toBe(
      resolve(joined('rds', ...here, 'cluster', { Ref: 'Cluster' }), 'Data'),
    )
    expect(resolve({ 'Fn::GetAtt': ['Group', 'Arn'] })).toBe(
      resolve(joined('logs', ...here, 'log-group', { Ref: 'Group' }, '*')),
    )
  })

  test('has the Region and the account of its stack', () => {
    const place = { region: 'cn-north-1', account: '111122223333' }
    const names = ['AWS::Partition', 'AWS::Region', 'AWS::AccountId'].map((Ref) => ({ Ref }))
    expect(resolve({ 'Fn::Join': [':', names] }, 'App', place)).toBe(
      'aws-cn:cn-north-1:111122223333',
    )
  })

  test.for<[string, unknown]>([
    ['a condition', { 'Fn::If': ['A', 'b', 'c'] }],
    ['a list', ['a']],
    ['no such resource', { 'Fn::GetAtt': ['Nothing', 'Arn'] }],
    ['no such stack', { 'Fn::GetStackOutput': { StackName: 'Nothing', OutputName: 'TheSecret' } }],
    ['no such output', { 'Fn::GetStackOutput': { StackName: 'Data', OutputName: 'Nothing' } }],
    ['a map that differs', { 'Fn::FindInMap': ['Runtimes', { Ref: 'AWS::Region' }, 'python'] }],
    [
      'a part that is not there',
      { 'Fn::Select': [1, { 'Fn::Split': ['::', { Ref: 'AWS::Region' }] }] },
    ],
  ])('that cannot be known is an error: %s', ([, value]) => {
    expect(() => resolve(value)).toThrow(/cannot resolve/)
  })
})
