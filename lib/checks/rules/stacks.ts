import { isRecord, type Value } from '../resolve.ts'
import type { Rule } from '../rule.ts'

export const stackRules: readonly Rule[] = [
  {
    id: 'stack-export',
    refuses:
      'an export, or an import of one: CloudFormation refuses to remove an export in use, which blocks the way back to the release before',
    of: 'assembly',
    *checkAll(assembly) {
      for (const { outputs, resources } of assembly.stacks) {
        for (const [name, { Export }] of Object.entries(outputs)) {
          if (Export !== undefined) {
            yield [undefined, `the output ${name} is exported: remove its Export`]
          }
        }
        for (const resource of resources.values()) {
          if (imports(resource.whole)) {
            yield [resource, 'it has Fn::ImportValue: use Fn::GetStackOutput']
          }
        }
      }
    },
  },
]

function imports(value: Value): boolean {
  if (Array.isArray(value)) return value.some(imports)
  if (!isRecord(value)) return false
  return Object.entries(value).some(([key, inner]) => key === 'Fn::ImportValue' || imports(inner))
}
