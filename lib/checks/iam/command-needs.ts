import { type CheckedFunction, find, functionOf, variable, variables } from '../chat-function.ts'
import { arnIn, attributeOf, referenceTo, Unresolvable } from '../resolve.ts'
import { actionExists, takesResource } from './actions.ts'
import { keyNeeds } from './key-needs.ts'
import type { Need } from './need.ts'

type Needs = Omit<Need, 'by'>

/** What an operation of a service needs, such as `ExecuteStatement`. */
type Client = (fn: CheckedFunction, operation: string) => Needs[]

/**
 * The clients of the AWS SDK that our code uses, and which resource each of them works on. The actions are not written
 * down here: they follow from the commands that the bundle has.
 */
const clients: Readonly<Record<string, Client>> = {
  'client-rds-data': (fn, operation) => dataApi(fn, `rds-data:${operation}`),
  'client-apigatewaymanagementapi': connections,
  'client-sqs': (fn, operation) => queue(fn, `sqs:${operation.replace(/Batch$/, '')}`),
  'client-secrets-manager': (fn, operation) =>
    operation === 'GetSecretValue'
      ? readSecrets(fn)
      : rotatedSecret(fn, `secretsmanager:${operation}`),
}

/**
 * What a command of the AWS SDK needs, such as `client-sqs/SendMessageCommand`. AWS names the actions after the
 * operations. Throws for a client, an operation or an action that this does not know, so that somebody looks it up.
 */
export function needsOfCommand(fn: CheckedFunction, command: string): Needs[] {
  const [client = '', name = ''] = command.split('/')
  const needs = clients[client]?.(fn, name.replace(/Command$/, ''))
  if (needs === undefined) throw unknown(command, `what ${client} works on`)
  for (const { action } of needs) {
    if (!actionExists(action)) throw unknown(command, `its action: ${action} does not exist`)
    if (!takesResource(action)) throw unknown(command, `its resource: ${action} takes * alone`)
  }
  return needs
}

function unknown(command: string, what: string): Unresolvable {
  return new Unresolvable(command, `lib/checks/iam/command-needs.ts does not know ${what}: add it`)
}

/** The Data API reads the secret with its caller's rights. */
function dataApi(fn: CheckedFunction, action: string): Needs[] {
  return [
    { action, resource: variable(fn, 'DATABASE_ARN') },
    ...readSecret(fn, variable(fn, 'DATABASE_SECRET_ARN')),
  ]
}

/** The management API has one action. The HTTP method of an operation is part of the resource. */
const methods: Readonly<Record<string, string>> = {
  DeleteConnection: 'DELETE',
  PostToConnection: 'POST',
}

function connections(fn: CheckedFunction, operation: string): Needs[] {
  const method = methods[operation]
  if (method === undefined) throw unknown(operation, 'its method')
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

/** A batch has no action of its own. */
function queue(fn: CheckedFunction, action: string): Needs[] {
  const url = variable(fn, 'FAN_OUT_QUEUE_URL')
  const found = fn.resource.stack.assembly
    .ofType('AWS::SQS::Queue')
    .find((it) => referenceTo(it) === url)
  if (found === undefined) throw new Unresolvable(url, 'the address of no queue: use its Ref')
  return [
    { action, resource: attributeOf(found, 'Arn') },
    ...keyNeeds(found, ['kms:Decrypt', 'kms:GenerateDataKey']),
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
