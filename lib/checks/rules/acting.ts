import type { Assembly, Resource } from '../assembly.ts'
import { find, functionOf } from '../chat-function.ts'
import { madeBefore } from '../dependencies.ts'
import { attributeOf, referenceTo } from '../resolve.ts'
import type { Rule } from '../rule.ts'

const roleType = 'AWS::IAM::Role'

/** Returns the function that a resource calls during a deploy. */
function functionActingFor(resource: Resource, assembly: Assembly): Resource | undefined {
  const name =
    resource.type === 'AWS::Lambda::EventSourceMapping'
      ? resource.text('FunctionName')
      : resource.type.startsWith('Custom::')
        ? resource.text('ServiceToken')
        : undefined
  return name === undefined ? undefined : functionOf(name, assembly)
}

/** Returns the policies of a function's role that are separate resources. */
function policiesOf(fn: Resource, assembly: Assembly): Resource[] {
  const role = find(roleType, fn.text('Role') ?? '', assembly)
  if (role === undefined) return []
  return assembly
    .ofType('AWS::IAM::Policy')
    .filter((policy) => policy.texts('Roles').includes(referenceTo(role)))
}

export const actingRules: readonly Rule[] = [
  {
    id: 'acting-waits',
    refuses:
      'a custom resource, an upload or an event source that may act before its function has its rights',
    of: 'assembly',
    *checkAll(assembly) {
      for (const resource of assembly.resources) {
        const fn = functionActingFor(resource, assembly)
        if (fn === undefined) continue
        const before = madeBefore(resource)
        for (const policy of policiesOf(fn, assembly)) {
          if (!before.has(policy)) {
            yield [resource, `it does not wait for ${policy.id}: add a dependency on it`]
          }
        }
      }
    },
  },
  {
    id: 'acting-time',
    refuses: 'a custom resource that CloudFormation gives up before its function does',
    of: 'assembly',
    *checkAll(assembly) {
      for (const resource of assembly.resources) {
        if (!resource.type.startsWith('Custom::')) continue
        const fn = functionActingFor(resource, assembly)
        const waits = resource.number('ServiceTimeout')
        const takes = fn?.number('Timeout') ?? 3
        if (waits !== undefined && waits < takes) {
          yield [
            resource,
            `ServiceTimeout is ${waits} s and the function's Timeout ${takes} s: make it at least as long`,
          ]
        }
      }
    },
  },
  {
    id: 'role-trust',
    refuses: 'a role that the service which uses it may not assume, or that another one may',
    of: roleType,
    *check(role, assembly) {
      const arn = attributeOf(role, 'Arn')
      const service = assembly.ofType('AWS::Lambda::Function').some((fn) => fn.text('Role') === arn)
        ? 'lambda.amazonaws.com'
        : assembly
              .ofType('AWS::ApiGateway::Account')
              .some((account) => account.text('CloudWatchRoleArn') === arn)
          ? 'apigateway.amazonaws.com'
          : assembly
                .ofType('AWS::CodeDeploy::DeploymentGroup')
                .some((group) => group.text('ServiceRoleArn') === arn)
            ? 'codedeploy.amazonaws.com'
            : undefined
      if (service === undefined) return
      const trusted = role
        .each('AssumeRolePolicyDocument')
        .flatMap((document) => document.each('Statement'))
        .filter((statement) => statement.text('Effect') === 'Allow')
        .flatMap((statement) => statement.each('Principal').flatMap((it) => it.texts('Service')))
      for (const other of trusted.filter((it) => it !== service)) {
        yield `${other} may assume it: trust ${service} alone`
      }
      if (!trusted.includes(service)) yield `${service} may not assume it: trust ${service}`
    },
  },
]
