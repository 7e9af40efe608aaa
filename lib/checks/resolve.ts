/**
 * Resolves intrinsic functions of CloudFormation to texts that can be compared. A value that only a deployment knows
 * becomes `${Stack.LogicalId}` (Ref), `${Stack.LogicalId.Attribute}` (GetAtt) or `${AWS::Region}`. Each thing has
 * exactly one text: where AWS has two ways to write an ARN, the longer one is used. What cannot be resolved throws, so
 * that no rule passes without a check.
 */

/** A value of a template: JSON. */
export type Value = unknown

/** The stack in which values are resolved. */
export interface Scope {
  readonly name: string
  readonly region: string | undefined
  readonly account: string | undefined
  readonly resources: ReadonlyMap<string, Referred>
  readonly mappings: Readonly<Record<string, Record<string, Record<string, Value>>>>
  /** Returns the value of `Fn::GetStackOutput`, as the stack with the output writes it. */
  outputOf(stackName: string, outputName: string): string
}

/** Something that can be referred to: a resource. */
export interface Referred {
  readonly id: string
  readonly type: string
  readonly stack: Scope
  text(...path: readonly string[]): string | undefined
}

export function isRecord(value: Value): value is Readonly<Record<string, Value>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export class Unresolvable extends Error {
  constructor(value: Value, why: string, options?: ErrorOptions) {
    super(`cannot resolve ${JSON.stringify(value)}: ${why}`, options)
    this.name = 'Unresolvable'
  }
}

export function resolveText(value: Value, stack: Scope): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  const [name, argument] = intrinsic(value)
  switch (name) {
    case 'Ref':
      return reference(argument, stack, value)
    case 'Fn::GetAtt':
      return attribute(argument, stack, value)
    case 'Fn::Join': {
      const [separator, parts] = pair(argument, value)
      return resolveList(parts, stack).join(resolveText(separator, stack))
    }
    case 'Fn::Sub':
      return substitute(argument, stack, value)
    case 'Fn::Select': {
      const [index, list] = pair(argument, value)
      const chosen = resolveList(list, stack)[Number(resolveText(index, stack))]
      if (chosen === undefined) throw new Unresolvable(value, 'the list is not that long')
      return chosen
    }
    case 'Fn::GetStackOutput': {
      if (!isRecord(argument)) throw new Unresolvable(value, 'it takes an object')
      const { StackName, OutputName } = argument
      return stack.outputOf(resolveText(StackName, stack), resolveText(OutputName, stack))
    }
    case 'Fn::FindInMap':
      return found(argument, stack, value)
    default:
      throw new Unresolvable(
        value,
        `the checks do not know ${name}: add it to lib/checks/resolve.ts`,
      )
  }
}

export function resolveList(value: Value, stack: Scope): string[] {
  if (Array.isArray(value)) return value.map((item: Value) => resolveText(item, stack))
  const [name, argument] = intrinsic(value)
  if (name !== 'Fn::Split') throw new Unresolvable(value, `${name} is not a list that can be known`)
  const [separator, text] = pair(argument, value)
  return splitOutsideTokens(resolveText(text, stack), resolveText(separator, stack))
}

function intrinsic(value: Value): [string, Value] {
  if (isRecord(value)) {
    const [entry, ...more] = Object.entries(value)
    if (entry !== undefined && more.length === 0) return entry
  }
  throw new Unresolvable(value, 'neither a text nor an intrinsic function')
}

function pair(argument: Value, whole: Value): [Value, Value] {
  if (!Array.isArray(argument) || argument.length !== 2) {
    throw new Unresolvable(whole, 'it takes two')
  }
  return [argument[0], argument[1]]
}

function reference(argument: Value, stack: Scope, whole: Value): string {
  if (typeof argument !== 'string') throw new Unresolvable(whole, 'a reference is a text')
  if (argument.startsWith('AWS::')) return pseudoParameter(argument, stack)
  const resource = stack.resources.get(argument)
  // Otherwise it is a parameter of the template.
  if (resource === undefined) return `\${${stack.name}.${argument}}`
  return referenceTo(resource)
}

/** Returns the value of `Ref`. */
export function referenceTo(resource: Referred): string {
  // The `Ref` of an attachment is the ARN of its secret.
  if (resource.type === 'AWS::SecretsManager::SecretTargetAttachment') {
    return resource.text('SecretId') ?? ''
  }
  // The `Ref` of an alias or a version is its whole ARN. Templates use parts of that.
  if (resource.type === 'AWS::Lambda::Alias' || resource.type === 'AWS::Lambda::Version') {
    return arnIn(resource.stack, 'lambda', `function:${qualifiedName(resource)}`)
  }
  return `\${${resource.stack.name}.${resource.id}}`
}

/** Returns the name of an alias or a version behind the name of its function, such as `api:live`. */
export function qualifiedName(resource: Referred): string {
  return `${resource.text('FunctionName') ?? ''}:${qualifierOf(resource)}`
}

function qualifierOf(resource: Referred): string {
  return resource.type === 'AWS::Lambda::Alias'
    ? (resource.text('Name') ?? '')
    : attributeOf(resource, 'Version')
}

/** Returns the value of `Ref` for `AWS::Region` and other pseudo parameters. */
export function pseudoParameter(name: string, stack: Scope): string {
  const { region, account } = stack
  if (name === 'AWS::Region' && region !== undefined) return region
  if (name === 'AWS::AccountId' && account !== undefined) return account
  if (name === 'AWS::Partition' && region !== undefined) return partitionOf(region)
  if (name === 'AWS::StackName') return stack.name
  // Only the deployment knows its last part.
  if (name === 'AWS::StackId') {
    return arnIn(stack, 'cloudformation', `stack/${stack.name}/\${AWS::StackId}`)
  }
  return `\${${name}}`
}

/** The partition as the CDK writes it when it knows the Region. */
function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn'
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws'
}

function attribute(argument: Value, stack: Scope, whole: Value): string {
  const [id, ...rest] = typeof argument === 'string' ? argument.split('.') : parts(argument, whole)
  const resource = id === undefined ? undefined : stack.resources.get(id)
  if (resource === undefined) throw new Unresolvable(whole, 'no such resource')
  return attributeOf(resource, rest.join('.'))
}

function parts(argument: Value, whole: Value): string[] {
  if (Array.isArray(argument) && argument.every((part) => typeof part === 'string')) return argument
  throw new Unresolvable(whole, 'an attribute is named by two texts')
}

const longForms: Readonly<Record<string, [service: string, resource: string]>> = {
  'AWS::RDS::DBCluster.DBClusterArn': ['rds', 'cluster:*'],
  'AWS::Logs::LogGroup.Arn': ['logs', 'log-group:*:*'],
  'AWS::S3::Bucket.Arn': ['s3', '*'],
}

/** Returns the value of `Fn::GetAtt`. */
export function attributeOf(resource: Referred, name: string): string {
  const form = longForms[`${resource.type}.${name}`]
  if (form === undefined) return `\${${resource.stack.name}.${resource.id}.${name}}`
  const [service, path] = form
  const rest = path.replace('*', () => referenceTo(resource))
  return service === 's3'
    ? `arn:${pseudoParameter('AWS::Partition', resource.stack)}:s3:::${rest}`
    : arnIn(resource.stack, service, rest)
}

/** Returns an ARN in the account and Region of a stack, as the CDK writes it. */
export function arnIn(stack: Scope, service: string, rest: string): string {
  const [partition, region, account] = ['AWS::Partition', 'AWS::Region', 'AWS::AccountId'].map(
    (name) => pseudoParameter(name, stack),
  )
  return `arn:${partition}:${service}:${region}:${account}:${rest}`
}

function substitute(argument: Value, stack: Scope, whole: Value): string {
  const [text, variables]: Value[] = Array.isArray(argument) ? argument : [argument]
  if (typeof text !== 'string') throw new Unresolvable(whole, 'a text to fill in is missing')
  return text.replaceAll(/\$\{([^}]+)\}/g, (_, name: string) => {
    if (name.startsWith('!')) return `\${${name.slice(1)}}`
    const given = isRecord(variables) ? variables[name] : undefined
    if (given !== undefined) return resolveText(given, stack)
    return name.includes('.') ? attribute(name, stack, whole) : reference(name, stack, whole)
  })
}

/**
 * Looks up a map by Region, which the CDK makes for runtimes. The value is known when it is the same for all Regions.
 */
function found(argument: Value, stack: Scope, whole: Value): string {
  const [map, , key] = Array.isArray(argument) ? (argument as Value[]) : []
  const rows = Object.values(stack.mappings[String(map)] ?? {})
  const values = new Set(rows.map((row) => JSON.stringify(row[String(key)])))
  const [only] = values
  if (only === undefined || values.size !== 1) throw new Unresolvable(whole, 'it differs by key')
  return resolveText(JSON.parse(only), stack)
}

/** Only separators outside of `${…}` count. */
function splitOutsideTokens(text: string, separator: string): string[] {
  const parts = ['']
  for (const piece of text.match(/\$\{[^}]*\}|[^$]+|\$/g) ?? []) {
    const [first = '', ...rest] = piece.startsWith('${') ? [piece] : piece.split(separator)
    parts.push(`${parts.pop()}${first}`, ...rest)
  }
  return parts
}
