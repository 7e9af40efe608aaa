import { chatFunctions, functionOf } from '../chat-function.ts'
import { madeBefore } from '../dependencies.ts'
import type { Rule } from '../rule.ts'

const migrations: string = 'migrate'

export const migrationRules: readonly Rule[] = [
  {
    id: 'migration-first',
    refuses: 'handlers that serve before the schema that they need is there',
    of: 'assembly',
    *checkAll(assembly) {
      const functions = chatFunctions(assembly)
      const migrate = functions.find(({ name }) => name === migrations)
      const [migration] = assembly.resources.filter((resource) => {
        const token = resource.text('ServiceToken')
        return token !== undefined && functionOf(token, assembly) === migrate?.resource
      })
      if (migrate === undefined || migration === undefined) {
        yield [
          undefined,
          'nothing runs the migrations: add a custom resource whose ServiceToken is migrate',
        ]
        return
      }
      for (const { name, commands, resource } of functions) {
        const usesDatabase = commands.some((command) => command.startsWith('client-rds-data/'))
        if (name === migrations || !usesDatabase || madeBefore(resource).has(migration)) continue
        yield [
          resource,
          `${name} does not wait for the migrations: add a dependency on ${migration.id}`,
        ]
      }
    },
  },
  {
    id: 'migration-repeats',
    refuses: 'migrations that run at the first deploy alone, since nothing about them ever changes',
    of: 'assembly',
    *checkAll(assembly) {
      const migrate = chatFunctions(assembly).find(({ name }) => name === migrations)
      for (const resource of assembly.resources) {
        const token = resource.text('ServiceToken')
        if (token === undefined || functionOf(token, assembly) !== migrate?.resource) continue
        const others = resource.keys().filter((name) => !name.startsWith('Service'))
        if (others.length === 0) {
          yield [
            resource,
            'it has no property that changes with the migrations: add a hash of them',
          ]
        }
      }
    },
  },
]
