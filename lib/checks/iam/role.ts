import type { Resource } from '../assembly.ts'
import { attributeOf, referenceTo, resolveText, Unresolvable } from '../resolve.ts'
import { readPolicy, type Statement, UnsupportedPolicy } from './statement.ts'

export interface RolePolicy {
  /** The resource that contains the policy. */
  readonly resource: Resource
  readonly statements: readonly Statement[]
}

/** Returns the role of a Lambda function. */
export function roleOf(fn: Resource): Resource {
  const arn = fn.text('Role')
  const role = fn.stack.assembly
    .ofType('AWS::IAM::Role')
    .find((it) => attributeOf(it, 'Arn') === arn)
  if (role === undefined) throw new Unresolvable(arn, 'the role of the function is in no stack')
  return role
}

/** Returns everything that allows or denies a role something. */
export function policiesOf(role: Resource): RolePolicy[] {
  const managed = role.texts('ManagedPolicyArns')
  if (managed.length > 0) {
    throw new Unresolvable(managed, 'what managed policies allow is not known here: write it out')
  }
  const inline = role.each('Policies').map((policy) => read(role, policy.value('PolicyDocument')))
  const attached = role.stack.assembly
    .ofType('AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy', 'AWS::IAM::RolePolicy')
    .filter((policy) => rolesOf(policy).includes(referenceTo(role)))
    .map((policy) => read(policy, policy.value('PolicyDocument')))
  return [...inline, ...attached]
}

function rolesOf(policy: Resource): string[] {
  return policy.type === 'AWS::IAM::RolePolicy' ? policy.texts('RoleName') : policy.texts('Roles')
}

function read(resource: Resource, document: unknown): RolePolicy {
  try {
    const statements = readPolicy(document, (value) => resolveText(value, resource.stack))
    return { resource, statements }
  } catch (cause) {
    if (!(cause instanceof UnsupportedPolicy)) throw cause
    throw new Unresolvable(resource.id, cause.message, { cause })
  }
}
