import * as z from 'zod'
import {
  isRecord,
  type Referred,
  resolveText,
  type Scope,
  Unresolvable,
  type Value,
} from './resolve.ts'

const resourceSchema = z.looseObject({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  DependsOn: z
    .union([z.string(), z.array(z.string())])
    .transform((ids) => (typeof ids === 'string' ? [ids] : ids))
    .default([]),
  DeletionPolicy: z.string().optional(),
  UpdateReplacePolicy: z.string().optional(),
  UpdatePolicy: z.unknown().optional(),
})

const templateSchema = z.looseObject({
  Resources: z.record(z.string(), resourceSchema).default({}),
  Outputs: z
    .record(
      z.string(),
      z.looseObject({
        Value: z.unknown(),
        Export: z.looseObject({ Name: z.unknown() }).optional(),
      }),
    )
    .default({}),
  Mappings: z
    .record(z.string(), z.record(z.string(), z.record(z.string(), z.unknown())))
    .default({}),
})

export interface StackSource {
  readonly name: string
  readonly templatePath: string
  readonly template: unknown
  /** Known only when the stack is bound to an environment. */
  readonly region?: string | undefined
  readonly account?: string | undefined
  /** Directories and files of the assets, by their hash. */
  readonly assets: ReadonlyMap<string, string>
}

/** An object of a template. Reading a value resolves its intrinsic functions. */
export class Properties {
  readonly stack: Stack
  /** The object as the template has it. */
  readonly whole: Value

  constructor(whole: Value, stack: Stack) {
    this.whole = whole
    this.stack = stack
  }

  /** `undefined` when there is no such value. */
  value(...path: readonly string[]): Value {
    let value = this.whole
    for (const key of path) value = isRecord(value) ? value[key] : undefined
    return value
  }

  text(...path: readonly string[]): string | undefined {
    const value = this.value(...path)
    return value === undefined ? undefined : resolveText(value, this.stack)
  }

  number(...path: readonly string[]): number | undefined {
    const text = this.text(...path)
    if (text === undefined) return undefined
    const number = text === '' ? Number.NaN : Number(text)
    if (Number.isNaN(number)) throw new Unresolvable(text, `${path.join('.')} is not a number`)
    return number
  }

  flag(...path: readonly string[]): boolean | undefined {
    const text = this.text(...path)
    if (text === undefined) return undefined
    if (text === 'true' || text === 'false') return text === 'true'
    throw new Unresolvable(text, `${path.join('.')} is not true or false`)
  }

  /** A single value counts as a list of one. */
  list(...path: readonly string[]): readonly Value[] {
    const value = this.value(...path)
    if (value === undefined) return []
    return Array.isArray(value) ? value : [value]
  }

  texts(...path: readonly string[]): string[] {
    return this.list(...path).map((value) => resolveText(value, this.stack))
  }

  keys(...path: readonly string[]): string[] {
    const value = this.value(...path)
    if (value === undefined) return []
    if (!isRecord(value)) throw new Unresolvable(value, `${path.join('.')} is not an object`)
    return Object.keys(value)
  }

  /** Returns the objects of a list. */
  each(...path: readonly string[]): Properties[] {
    return this.list(...path).map((value) => new Properties(value, this.stack))
  }
}

/** A resource of a template. */
export class Resource extends Properties implements Referred {
  readonly id: string
  readonly type: string
  readonly dependsOn: readonly string[]
  readonly deletionPolicy: string | undefined
  readonly updateReplacePolicy: string | undefined
  readonly updatePolicy: Properties

  constructor(stack: Stack, id: string, source: z.infer<typeof resourceSchema>) {
    super(source.Properties, stack)
    this.id = id
    this.type = source.Type
    this.dependsOn = source.DependsOn
    this.deletionPolicy = source.DeletionPolicy
    this.updateReplacePolicy = source.UpdateReplacePolicy
    this.updatePolicy = new Properties(source.UpdatePolicy, stack)
  }
}

export class Stack implements Scope {
  readonly source: StackSource
  readonly assembly: Assembly
  readonly resources: ReadonlyMap<string, Resource>
  readonly mappings: Readonly<Record<string, Record<string, Record<string, Value>>>>
  readonly outputs: Readonly<Record<string, z.infer<typeof templateSchema>['Outputs'][string]>>

  constructor(assembly: Assembly, source: StackSource) {
    const template = templateSchema.parse(source.template)
    this.source = source
    this.assembly = assembly
    this.mappings = template.Mappings
    this.outputs = template.Outputs
    this.resources = new Map(
      Object.entries(template.Resources).map(([id, resource]) => [
        id,
        new Resource(this, id, resource),
      ]),
    )
  }

  get name(): string {
    return this.source.name
  }

  get region(): string | undefined {
    return this.source.region
  }

  get account(): string | undefined {
    return this.source.account
  }

  outputOf(stackName: string, outputName: string): string {
    return this.assembly.outputOf(stackName, outputName)
  }
}

/** The stacks that are deployed together. */
export class Assembly {
  readonly stacks: readonly Stack[]
  readonly resources: readonly Resource[]
  readonly #byType: ReadonlyMap<string, readonly Resource[]>

  constructor(sources: readonly StackSource[]) {
    this.stacks = sources.map((source) => new Stack(this, source))
    this.resources = this.stacks.flatMap((stack) => [...stack.resources.values()])
    this.#byType = Map.groupBy(this.resources, ({ type }) => type)
  }

  ofType(...types: readonly string[]): Resource[] {
    return types.flatMap((type) => this.#byType.get(type) ?? [])
  }

  /** Returns the value of `Fn::GetStackOutput`, as the stack with the output writes it. */
  outputOf(stackName: string, outputName: string): string {
    const stack = this.stacks.find(({ name }) => name === stackName)
    const output = stack?.outputs[outputName]
    if (stack === undefined || output === undefined) {
      throw new Unresolvable(
        { 'Fn::GetStackOutput': { StackName: stackName, OutputName: outputName } },
        'no stack has that output',
      )
    }
    return resolveText(output.Value, stack)
  }
}
