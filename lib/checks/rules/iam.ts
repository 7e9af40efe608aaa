import type { Assembly, Resource } from '../assembly.ts'
import { isRecord, referenceTo } from '../resolve.ts'
import { asChatFunction, chatFunctions } from '../chat-function.ts'
import { actionExists } from '../iam/actions.ts'
import { isAllowed } from '../iam/is-allowed.ts'
import { needsOf } from '../iam/needs.ts'
import { policiesOf, roleOf } from '../iam/role.ts'
import type { Rule } from '../rule.ts'

export const iamRules: readonly Rule[] = [
  {
    id: 'iam-needed',
    refuses:
      'a role that does not allow what its function, its log, its traces or its event source do',
    of: 'AWS::Lambda::Function',
    *check(resource) {
      const fn = asChatFunction(resource)
      if (fn === undefined) return
      const statements = policiesOf(roleOf(resource)).flatMap((policy) => policy.statements)
      const missing = needsOf(fn).filter((need) => !isAllowed(statements, need))
      for (const { action, resource: on, by } of unique(missing)) {
        yield `${by} of ${fn.name} needs ${action} on ${on}: its role does not allow it`
      }
    },
  },
  {
    id: 'iam-wider',
    refuses: 'a role that allows anything that its function does not need',
    of: 'AWS::Lambda::Function',
    *check(resource) {
      const fn = asChatFunction(resource)
      if (fn === undefined) return
      const needs = needsOf(fn)
      const allowed = policiesOf(roleOf(resource))
        .flatMap((policy) => policy.statements)
        .filter(({ effect }) => effect === 'Allow')
      for (const { actions, resources } of allowed) {
        for (const action of actions) {
          for (const on of resources) {
            if (needs.some((need) => need.action === action && need.resource === on)) continue
            yield `nothing in ${fn.name} needs ${action} on ${on}: take it from its role`
          }
        }
      }
    },
  },
  {
    id: 'iam-foreign-role',
    refuses: 'a role that no function of ours has, so that nothing here says what it needs',
    of: 'AWS::IAM::Role',
    *check(role, assembly) {
      if (chatFunctions(assembly).some((fn) => roleOf(fn.resource) === role)) return
      if (isRoleOfAws(role, assembly)) return
      yield 'no function of ours has this role: acknowledge it beside its construct, with what it is for'
    },
  },
  {
    id: 'iam-action-unknown',
    refuses: 'an action that does not exist, which AWS takes, and which allows nothing',
    of: [
      'AWS::IAM::Role',
      'AWS::IAM::Policy',
      'AWS::IAM::ManagedPolicy',
      'AWS::S3::BucketPolicy',
      'AWS::SQS::QueuePolicy',
      'AWS::KMS::Key',
      'AWS::SecretsManager::ResourcePolicy',
    ],
    *check(resource) {
      const unknown = actionsIn(resource.whole).filter((action) => !actionExists(action))
      for (const action of new Set(unknown)) yield `there is no IAM action ${action}: correct it`
    },
  },
]

/** Services that only accept a role with AWS's own policy for it. */
const rolesOfAws: Readonly<Record<string, string>> = {
  'apigateway.amazonaws.com': 'AmazonAPIGatewayPushToCloudWatchLogs',
  'codedeploy.amazonaws.com': 'AWSCodeDeployRoleForLambdaLimited',
}

/** Whether this is a role of such a service, with that policy and nothing else. */
function isRoleOfAws(role: Resource, assembly: Assembly): boolean {
  const document = JSON.stringify(role.value('AssumeRolePolicyDocument'))
  const attached = assembly
    .ofType('AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy')
    .some((policy) => policy.texts('Roles').includes(referenceTo(role)))
  return Object.entries(rolesOfAws).some(
    ([service, policy]) =>
      document.includes(`"${service}"`) &&
      role.value('Policies') === undefined &&
      !attached &&
      role
        .texts('ManagedPolicyArns')
        .every((arn) => arn.endsWith(`:iam::aws:policy/service-role/${policy}`)),
  )
}

/** Returns the actions of all policy documents in a value. */
function actionsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(actionsIn)
  if (!isRecord(value)) return []
  return Object.entries(value).flatMap(([key, inner]) =>
    key === 'Action' || key === 'NotAction'
      ? (Array.isArray(inner) ? inner : [inner]).map(String)
      : actionsIn(inner),
  )
}

function unique<T extends { action: string; resource: string }>(needs: readonly T[]): T[] {
  return [...new Map(needs.map((need) => [`${need.action} ${need.resource}`, need])).values()]
}
