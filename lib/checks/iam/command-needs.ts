import { type CheckedFunction, find, functionOf, variable, variables } from '../chat-function.ts'
import { arnIn, attributeOf, referenceTo, Unresolvable } from '../resolve.ts'
import { keyNeeds } from './key-needs.ts'
import type { Need } from './need.ts'

type Needs = Omit<Need, 'by'>

/**
 * The commands of the AWS SDK that our code calls: which IAM actions each of them takes, and on what.
 * A command that is not here is refused, so that a new one is thought about.
 */
export const commandNeeds: Readonly<Record<string, (fn: CheckedFunction) => Needs[]>> = {
  'client-rds-data/BeginTransactionCommand': (fn) => dataApi(fn, 'rds-data:BeginTransaction'),
  'client-rds-data/CommitTransactionCommand': (fn) => dataApi(fn, 'rds-data:CommitTransaction'),
  'client-rds-data/ExecuteStatementCommand': (fn) => dataApi(fn, 'rds-data:ExecuteStatement'),
  'client-rds-data/RollbackTransactionCommand': (fn) => dataApi(fn, 'rds-data:RollbackTransaction'),

  'client-apigatewaymanagementapi/DeleteConnectionCommand': (fn) => connections(fn, 'DELETE'),
  'client-apigatewaymanagementapi/PostToConnectionCommand': (fn) => connections(fn, 'POST'),

  'client-sqs/SendMessageCommand': sendMessage,
  'client-sqs/SendMessageBatchCommand': sendMessage,

  'client-secrets-manager/GetSecretValueCommand': readSecrets,
  'client-secrets-manager/DescribeSecretCommand': (fn) =>
    rotatedSecret(fn, 'secretsmanager:DescribeSecret'),
  'client-secrets-manager/PutSecretValueCommand': (fn) =>
    rotatedSecret(fn, 'secretsmanager:PutSecretValue'),
  'client-secrets-manager/UpdateSecretVersionStageCommand': (fn) =>
    rotatedSecret(fn, 'secretsmanager:UpdateSecretVersionStage'),
}

/** The Data API reads the secret with its caller's rights. */
function dataApi(fn: CheckedFunction, action: string): Needs[] {
  return [
    { action, resource: variable(fn, 'DATABASE_ARN') },
    ...readSecret(fn, variable(fn, 'DATABASE_SECRET_ARN')),
  ]
}

function connections(fn: CheckedFunction, method: string): Needs[] {
  const address = variable(fn, 'AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI')
  const { stack } = fn.resource
  const id = stack.assembly
    .ofType('AWS::ApiGatewayV2::Api')
    .map(referenceTo)
    .find((it) => address.startsWith(`https://${it}.execute-api.`))
  const [, stage] = /^https:\/\/.*\/([^/]+)$/.exec(address) ?? []
  if (id === undefined || stage === undefined) {
    throw new Unresolvable(
      address,
      'not the address of a stage of an API: https://<api>.execute-api.<region>.<suffix>/<stage>',
    )
  }
  return [
    {
      action: 'execute-api:ManageConnections',
      resource: arnIn(stack, 'execute-api', `${id}/${stage}/${method}/@connections/*`),
    },
  ]
}

function sendMessage(fn: CheckedFunction): Needs[] {
  const url = variable(fn, 'FAN_OUT_QUEUE_URL')
  const queue = fn.resource.stack.assembly
    .ofType('AWS::SQS::Queue')
    .find((it) => referenceTo(it) === url)
  if (queue === undefined) throw new Unresolvable(url, 'the address of no queue: use its Ref')
  return [
    { action: 'sqs:SendMessage', resource: attributeOf(queue, 'Arn') },
    ...keyNeeds(queue, ['kms:Decrypt', 'kms:GenerateDataKey']),
  ]
}

/** Those that its environment names, but the database's, which only the Data API reads; and the one it rotates. */
function readSecrets(fn: CheckedFunction): Needs[] {
  const named = [...variables(fn.resource)].filter(
    ([name]) => name.endsWith('_SECRET_ARN') && name !== 'DATABASE_SECRET_ARN',
  )
  const arns = [...named.map(([, arn]) => arn), ...secretsRotatedBy(fn)]
  if (arns.length === 0) {
    throw new Unresolvable(fn.name, 'it reads secrets, and its environment names none')
  }
  return arns.flatMap((arn) => readSecret(fn, arn))
}

function readSecret(fn: CheckedFunction, arn: string): Needs[] {
  const secret = find('AWS::SecretsManager::Secret', arn, fn.resource.stack.assembly)
  return [
    { action: 'secretsmanager:GetSecretValue', resource: arn },
    ...(secret === undefined ? [] : keyNeeds(secret, ['kms:Decrypt'])),
  ]
}

function rotatedSecret(fn: CheckedFunction, action: string): Needs[] {
  const arns = secretsRotatedBy(fn)
  if (arns.length === 0) {
    throw new Unresolvable(fn.name, 'it rotates a secret, and no schedule calls it')
  }
  return arns.map((resource) => ({ action, resource }))
}

function secretsRotatedBy(fn: CheckedFunction): string[] {
  const { assembly } = fn.resource.stack
  return assembly
    .ofType('AWS::SecretsManager::RotationSchedule')
    .filter((it) => functionOf(it.text('RotationLambdaARN') ?? '', assembly) === fn.resource)
    .map((it) => it.text('SecretId')!)
}
