import type { FunctionName } from '../../functions/routes.ts'
import type { Assembly, Resource } from './assembly.ts'
import { type Bundle, readBundle } from './bundle.ts'
import { attributeOf, qualifiedName, referenceTo, Unresolvable } from './resolve.ts'

export const aliasType = 'AWS::Lambda::Alias'
export const versionType = 'AWS::Lambda::Version'

/** A Lambda function that runs a bundle of ours. */
export interface CheckedFunction extends Bundle {
  readonly name: FunctionName
  readonly resource: Resource
}

export function chatFunctions(assembly: Assembly): CheckedFunction[] {
  return assembly.ofType('AWS::Lambda::Function').flatMap((resource) => {
    const fn = asChatFunction(resource)
    return fn === undefined ? [] : [fn]
  })
}

export function asChatFunction(resource: Resource): CheckedFunction | undefined {
  const directory = assetOf(resource)
  const bundle = directory === undefined ? undefined : readBundle(directory)
  return bundle?.name === undefined ? undefined : { ...bundle, name: bundle.name, resource }
}

/** Where the code of a Lambda function is; `undefined` when it stands in the template. */
export function assetOf(resource: Resource): string | undefined {
  if (resource.value('Code', 'ZipFile') !== undefined) return undefined
  const key = resource.text('Code', 'S3Key')
  const directory = resource.stack.source.assets.get(key?.replace(/\.zip$/, '') ?? '')
  if (directory === undefined) throw new Unresolvable(key, 'no asset of the stack is that code')
  return directory
}

/** A variable of its environment, which it cannot do without. */
export function variable(fn: CheckedFunction, name: string): string {
  const value = fn.resource.text('Environment', 'Variables', name)
  if (value === undefined) throw new Unresolvable(name, `${fn.name} has no such variable: set it`)
  return value
}

export function variables(resource: Resource): Map<string, string> {
  const names = resource.keys('Environment', 'Variables')
  return new Map(names.map((name) => [name, resource.text('Environment', 'Variables', name)!]))
}

/**
 * What an ARN or a name, as templates write them, lets somebody call: a Lambda function as it is now, or what an
 * alias or a version of it is. Permissions are of one of these alone.
 */
export function callableOf(text: string, assembly: Assembly): Resource | undefined {
  return assembly
    .ofType('AWS::Lambda::Function', aliasType, versionType)
    .find((resource) => namesOf(resource).includes(text))
}

/** The Lambda function that is called: itself, or by an alias or a version of it. */
export function functionOf(text: string, assembly: Assembly): Resource | undefined {
  const callable = callableOf(text, assembly)
  return callable === undefined ? undefined : functionBehind(callable)
}

export function functionBehind(callable: Resource): Resource | undefined {
  if (callable.type === 'AWS::Lambda::Function') return callable
  return functionOf(callable.text('FunctionName') ?? '', callable.stack.assembly)
}

const names = new WeakMap<Resource, readonly string[]>()

function namesOf(resource: Resource): readonly string[] {
  const known = names.get(resource)
  if (known !== undefined) return known
  const found = readNames(resource)
  names.set(resource, found)
  return found
}

function readNames(resource: Resource): string[] {
  return resource.type === 'AWS::Lambda::Function'
    ? [referenceTo(resource), attributeOf(resource, 'Arn')]
    : [referenceTo(resource), qualifiedName(resource)]
}

/** The resource that a text refers to: by its ARN or by what `Ref` gives. */
export function find(type: string, text: string, assembly: Assembly): Resource | undefined {
  return assembly
    .ofType(type)
    .find((resource) => text === referenceTo(resource) || text === attributeOf(resource, 'Arn'))
}
