import { describe, expect, test } from 'vitest'
import { isAllowed } from '../../lib/checks/iam/is-allowed.ts'
import { readPolicy } from '../../lib/checks/iam/statement.ts'

const queue = 'arn:aws:sqs:eu-west-1:111122223333:fan-out.fifo'

function policy(...statements: object[]) {
  return readPolicy({ Version: '2012-10-17', Statement: statements }, String)
}
const allow = (Action: unknown, Resource: unknown, more = {}) => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...more,
})
const deny = (Action: unknown, Resource: unknown) => ({ Effect: 'Deny', Action, Resource })

describe('whether a policy allows a request', () => {
  test('denies what no statement allows', () => {
    expect(isAllowed([], { action: 'sqs:SendMessage', resource: queue })).toBe(false)
  })

  test('allows an action on a resource, and neither another action nor another resource', () => {
    const statements = policy(allow('sqs:SendMessage', queue))
    expect(isAllowed(statements, { action: 'sqs:SendMessage', resource: queue })).toBe(true)
    expect(isAllowed(statements, { action: 'sqs:ReceiveMessage', resource: queue })).toBe(false)
    expect(isAllowed(statements, { action: 'sqs:SendMessage', resource: `${queue}x` })).toBe(false)
  })

  test('accepts lists of actions and of resources', () => {
    const statements = policy(allow(['sqs:A', 'sqs:B'], ['arn:one', 'arn:two']))
    expect(isAllowed(statements, { action: 'sqs:B', resource: 'arn:two' })).toBe(true)
    expect(isAllowed(statements, { action: 'sqs:B', resource: 'arn:three' })).toBe(false)
  })

  test('knows the wildcards for any text and any character', () => {
    const connections = 'arn:aws:execute-api:eu-west-1:111122223333:abc/live/POST/@connections'
    const statements = policy(allow('execute-api:Manage*', `${connections}/*`))
    const request = { action: 'execute-api:ManageConnections', resource: `${connections}/L0SM9c=` }
    expect(isAllowed(statements, request)).toBe(true)
    expect(isAllowed(statements, { ...request, resource: connections })).toBe(false)
    const one = policy(allow('sqs:SendMessag?', '*'))
    expect(isAllowed(one, { action: 'sqs:SendMessage', resource: queue })).toBe(true)
    expect(isAllowed(one, { action: 'sqs:SendMessages', resource: queue })).toBe(false)
  })

  test('treats every other character of a pattern as itself', () => {
    const statements = policy(allow('sqs:SendMessage', 'arn:aws:sqs:::a.c'))
    expect(
      isAllowed(statements, { action: 'sqs:SendMessage', resource: 'arn:aws:sqs:::abc' }),
    ).toBe(false)
  })

  test('ignores case in actions, and respects it in resources', () => {
    const statements = policy(allow('SQS:sendmessage', queue))
    expect(isAllowed(statements, { action: 'sqs:SendMessage', resource: queue })).toBe(true)
    expect(
      isAllowed(statements, { action: 'sqs:SendMessage', resource: queue.toUpperCase() }),
    ).toBe(false)
  })

  test('lets an explicit deny win, whatever its position', () => {
    const request = { action: 'sqs:SendMessage', resource: queue }
    expect(isAllowed(policy(deny('sqs:*', queue), allow('sqs:*', '*')), request)).toBe(false)
    expect(isAllowed(policy(allow('sqs:*', '*'), deny('sqs:SendMessage', '*')), request)).toBe(
      false,
    )
    expect(isAllowed(policy(allow('sqs:*', '*'), deny('sqs:DeleteQueue', '*')), request)).toBe(true)
  })

  test('requires every condition, and the key of each', () => {
    const statements = policy(
      allow('kms:Decrypt', '*', {
        Condition: {
          StringEquals: { 'kms:ViaService': 'sqs.eu-west-1.amazonaws.com' },
          ArnLike: { 'aws:SourceArn': [queue, 'arn:aws:sns:*'] },
          Bool: { 'aws:SecureTransport': 'true' },
        },
      }),
    )
    const context = {
      'kms:viaservice': 'sqs.eu-west-1.amazonaws.com',
      'aws:SourceArn': 'arn:aws:sns:eu-west-1:topic',
      'aws:SecureTransport': 'true',
    }
    const request = { action: 'kms:Decrypt', resource: 'arn:key' }
    expect(isAllowed(statements, { ...request, context })).toBe(true)
    expect(isAllowed(statements, request)).toBe(false)
    for (const key of Object.keys(context)) {
      const wrong = { ...context, [key]: 'something else' }
      expect(isAllowed(statements, { ...request, context: wrong })).toBe(false)
    }
  })
})

describe('a policy that the evaluation cannot handle', () => {
  test.for([
    ['NotAction', { Effect: 'Allow', NotAction: 'sqs:*', Resource: '*' }],
    ['NotResource', { Effect: 'Allow', Action: 'sqs:*', NotResource: '*' }],
    ['a principal', allow('sqs:*', '*', { Principal: '*' })],
    [
      'another operator',
      allow('sqs:*', '*', { Condition: { IpAddress: { 'aws:SourceIp': 'x' } } }),
    ],
    ['a policy variable', allow('s3:*', 'arn:aws:s3:::home/${aws:username}')],
    ['no action', { Effect: 'Allow', Resource: '*' }],
  ] as const)('is refused: %s', ([, statement]) => {
    expect(() => policy(statement)).toThrow(/cannot be evaluated/)
  })
})
