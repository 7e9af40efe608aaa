import { describe, expect, test } from 'vitest'
import { Assembly } from '../../lib/checks/assembly.ts'
import type { CheckedFunction } from '../../lib/checks/chat-function.ts'
import { needsOfCommand } from '../../lib/checks/iam/command-needs.ts'

/** A function that rotates a secret, and writes to a queue. */
function rotation(): CheckedFunction {
  const template = {
    Resources: {
      Secret: { Type: 'AWS::SecretsManager::Secret', Properties: {} },
      Queue: { Type: 'AWS::SQS::Queue', Properties: {} },
      Function: {
        Type: 'AWS::Lambda::Function',
        Properties: { Environment: { Variables: { FAN_OUT_QUEUE_URL: { Ref: 'Queue' } } } },
      },
      Schedule: {
        Type: 'AWS::SecretsManager::RotationSchedule',
        Properties: {
          SecretId: { Ref: 'Secret' },
          RotationLambdaARN: { 'Fn::GetAtt': ['Function', 'Arn'] },
        },
      },
    },
  }
  const stack = { name: 'App', templatePath: 'App.json', template, assets: new Map() }
  const [resource] = new Assembly([stack]).ofType('AWS::Lambda::Function')
  return { name: 'rotate-jwt-keys', commands: [], resource: resource! }
}

const actionsOf = (command: string) =>
  needsOfCommand(rotation(), command).map(({ action }) => action)

describe('a command of the AWS SDK', () => {
  test('needs the action of its name', () => {
    expect(actionsOf('client-secrets-manager/PutSecretValueCommand')).toEqual([
      'secretsmanager:PutSecretValue',
    ])
  })

  test('needs the action of one message when it is a batch', () => {
    expect(actionsOf('client-sqs/SendMessageBatchCommand')).toEqual(['sqs:SendMessage'])
  })

  test.each([
    [
      'of a client that nothing here knows',
      'client-s3/GetObjectCommand',
      'what client-s3 works on',
    ],
    ['that is not an action', 'client-sqs/SendMessagesCommand', 'sqs:SendMessages does not exist'],
    [
      'that AWS allows on no resource',
      'client-secrets-manager/ListSecretsCommand',
      'secretsmanager:ListSecrets takes * alone',
    ],
    [
      'of the management API without a method',
      'client-apigatewaymanagementapi/GetConnectionCommand',
      'its method',
    ],
  ])('%s is refused', (_what, command, message) => {
    expect(() => actionsOf(command)).toThrow(message)
  })
})
