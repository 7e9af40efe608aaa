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
