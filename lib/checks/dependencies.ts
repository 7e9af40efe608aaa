import type { Resource } from './assembly.ts'
import { isRecord } from './resolve.ts'
import type { Value } from './resolve.ts'

const memory = new WeakMap<Resource, ReadonlySet<Resource>>()

/** Returns everything in its stack that CloudFormation makes before a resource. */
export function madeBefore(resource: Resource): ReadonlySet<Resource> {
  const known = memory.get(resource)
  if (known !== undefined) return known
  const found = new Set<Resource>()
  memory.set(resource, found)
  const ids = [
    ...resource.dependsOn,
    ...referencesIn(resource.whole),
    ...referencesIn(resource.updatePolicy.whole),
  ]
  for (const id of new Set(ids)) {
    const before = resource.stack.resources.get(id)
    if (before === undefined) continue
    found.add(before)
    for (const further of madeBefore(before)) found.add(further)
  }
  return found
}

/** Returns the logical ids that `Ref`, `Fn::GetAtt` and `Fn::Sub` in a value name. */
function referencesIn(value: Value): string[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn)
  if (!isRecord(value)) return []
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key === 'Ref' && typeof inner === 'string') return [inner]
    if (key === 'Fn::GetAtt') {
      return [String(Array.isArray(inner) ? inner[0] : inner).split('.')[0]!]
    }
    if (key === 'Fn::Sub') {
      const [text, variables]: Value[] = Array.isArray(inner) ? inner : [inner]
      const names = [...String(text).matchAll(/\$\{([\w:]+)/g)].map(([, name]) => name!)
      return [...names, ...referencesIn(variables)]
    }
    return referencesIn(inner)
  })
}
