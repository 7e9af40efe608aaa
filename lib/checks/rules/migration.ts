import { hashOfBundle } from '../../jobs/bundle-hash.ts'
import type { Resource } from '../assembly.ts'
import {
  assetOf,
  callableOf,
  chatFunctions,
  functionBehind,
  functionOf,
  versionType,
} from '../chat-function.ts'
import { madeBefore } from '../dependencies.ts'
import { attributeOf } from '../resolve.ts'
import type { Rule } from '../rule.ts'

const migrations: string = 'migrate'

/** Whether a value is the number of a version of a function. Lambda gives each new version a higher number. */
function isVersionOf(fn: Resource, value: string | undefined): boolean {
  return fn.stack.assembly
    .ofType(versionType)
    .some((it) => functionBehind(it) === fn && attributeOf(it, 'Version') === value)
}

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
    refuses:
      'migrations that do not run again when they change, since nothing in the resource changes with them',
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
        } else if (migrate && resource.text('code') !== hashOfBundle(assetOf(migrate.resource)!)) {
          yield [
            resource,
            `code is ${resource.text('code') ?? 'not set'}: take the hash of the bundle, which changes with each migration`,
          ]
        }
      }
    },
  },
  {
    id: 'migration-rollback',
    refuses: 'migrations that ask the database in a rollback, which fails when it does not answer',
    of: 'assembly',
    *checkAll(assembly) {
      const migrate = chatFunctions(assembly).find(({ name }) => name === migrations)
      for (const resource of assembly.resources) {
        const token = resource.text('ServiceToken')
        if (token === undefined || functionOf(token, assembly) !== migrate?.resource) continue
        if (migrate && !isVersionOf(migrate.resource, resource.text('build'))) {
          yield [
            resource,
            `build is ${resource.text('build') ?? 'not set'}: take the number of the version of migrate, which only a rollback lowers`,
          ]
        }
        if (callableOf(token, assembly) !== migrate?.resource) {
          yield [
            resource,
            'ServiceToken is an alias or a version, which changes: take the function itself',
          ]
        }
      }
    },
  },
]
