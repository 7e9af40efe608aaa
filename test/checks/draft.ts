import type { StackSource } from '../../lib/checks/assembly.ts'

/** A part of a template. It can have any form. */
// oxlint-disable-next-line typescript/no-explicit-any -- a fault asks for no type
export type Json = any

export interface Resource {
  Type: string
  Properties: Record<string, Json>
  DependsOn?: string[]
  DeletionPolicy?: string
  UpdateReplacePolicy?: string
  UpdatePolicy?: Record<string, Json>
}
interface Template {
  Outputs: Record<string, Json>
  Resources: Record<string, Resource>
}

/** Templates for planting a fault. */
export class Draft {
  readonly stacks: readonly (StackSource & { template: Template })[]
  readonly #before: readonly string[]

  constructor(stacks: readonly StackSource[]) {
    this.stacks = stacks.map((stack) => ({
      ...stack,
      template: structuredClone(stack.template) as Template,
    }))
    this.#before = this.stacks.map(({ template }) => JSON.stringify(template))
  }

  /** The stacks that have changed. */
  get changed(): (StackSource & { template: Template })[] {
    return this.stacks.filter(({ template }, i) => JSON.stringify(template) !== this.#before[i])
  }

  /** Returns the first resource of a type, or the first one that fits. */
  the(type: string, fits: (resource: Resource, id: string) => boolean = () => true): Resource {
    return this.#find(type, fits).resource
  }

  idOf(type: string, fits: (resource: Resource, id: string) => boolean = () => true): string {
    return this.#find(type, fits).id
  }

  remove(type: string, fits: (resource: Resource, id: string) => boolean = () => true): void {
    const { id, template } = this.#find(type, fits)
    delete template.Resources[id]
  }

  /** Adds a resource to the stack of a resource of this type. */
  addBeside(type: string, id: string, resource: Resource): void {
    this.#find(type, () => true).template.Resources[id] = resource
  }

  #find(type: string, fits: (resource: Resource, id: string) => boolean) {
    for (const { template } of this.stacks) {
      for (const [id, resource] of Object.entries(template.Resources)) {
        if (resource.Type === type && fits(resource, id)) return { id, resource, template }
      }
    }
    throw new Error(`no ${type} that fits is in the templates`)
  }
}

/** Whether a resource contains a text anywhere. */
export function mentions(text: string): (resource: Resource) => boolean {
  return (resource) => JSON.stringify(resource).includes(text)
}
