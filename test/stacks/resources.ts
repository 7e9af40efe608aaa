import type { Template } from 'aws-cdk-lib/assertions'
import { flattenCfnReference } from 'cdk-nag/lib/utils/flatten-cfn-reference.js'

/** What is in a template is of any form. */
type Properties = ReturnType<Template['toJSON']>

export interface Resource {
  readonly id: string
  readonly Type: string
  readonly Properties: Properties
  readonly DependsOn?: readonly string[]
  readonly DeletionPolicy?: string
  readonly UpdateReplacePolicy?: string
}

export function resourcesOf(template: Template, type?: string): Resource[] {
  // A stack without resources has no list of them.
  const found = (template.toJSON()['Resources'] ?? {}) as Record<string, Omit<Resource, 'id'>>
  return Object.entries(found)
    .filter(([, resource]) => type === undefined || resource.Type === type)
    .map(([id, resource]) => ({ id, ...resource }))
}

export function the(template: Template, type: string): Resource {
  const found = resourcesOf(template, type)
  if (found.length !== 1) throw new Error(`there are ${found.length} of ${type}, not 1`)
  return found[0]!
}

/** The function of functions/routes.ts with that name. */
export function functionNamed(template: Template, name: string): Resource {
  const id = name.replaceAll('-', '')
  const found = resourcesOf(template, 'AWS::Lambda::Function').find((resource) =>
    resource.id.startsWith(`${id}Function`),
  )
  if (!found) throw new Error(`there is no function ${name}`)
  return found
}

/** A value with its references written as text: `<Logical.Attribute>`. */
export const text = (value: unknown): string => flattenCfnReference(value)

/** `action on resource` for all that a function's role may do, with hashes cut off logical ids. */
export function permissionsOf(template: Template, fn: Resource): string[] {
  const role = text(fn.Properties['Role'])
  const policies = resourcesOf(template, 'AWS::IAM::Policy').filter(({ Properties }) =>
    (Properties['Roles'] as unknown[]).some((ref) => role.startsWith(text(ref).slice(0, -1))),
  )
  return policies
    .flatMap(({ Properties }) => Properties['PolicyDocument'].Statement as Properties[])
    .flatMap(({ Effect, Action, Resource, ...rest }) => {
      if (Effect !== 'Allow' || Object.keys(rest).length > 0)
        throw new Error('an unknown statement')
      return [Action]
        .flat()
        .flatMap((action) =>
          [Resource].flat().map((resource) => `${action} on ${withoutHashes(text(resource))}`),
        )
    })
    .toSorted()
}

/** `<connectLogs.Arn>`, `Data:JwtKeysSecret`: without what the CDK adds to a name. */
function withoutHashes(resource: string): string {
  return resource
    .replace(
      /\{"Fn::GetStackOutput":.*?"OutputName":"PublishOutput(?:Ref|FnGetAtt)(\w+)"\}\}/,
      'Data:$1',
    )
    .replaceAll(/[0-9A-F]{8}/g, '')
    .replaceAll(/arn:<AWS::Partition>:([a-z-]+):<AWS::Region>:<AWS::AccountId>/g, '$1')
}
