import { join } from 'node:path'
import { functionEntries } from '../../../functions/routes.ts'
import type { Resource } from '../assembly.ts'
import {
  aliasType,
  asChatFunction,
  assetOf,
  chatFunctions,
  find,
  functionBehind,
  versionType,
} from '../chat-function.ts'
import { readExports } from '../bundle.ts'
import type { Rule } from '../rule.ts'

const functionType = 'AWS::Lambda::Function'

export const functionRules: readonly Rule[] = [
  {
    id: 'function-missing',
    refuses: 'a function of functions/routes.ts that is not deployed, or twice',
    of: 'assembly',
    *checkAll(assembly) {
      const names = chatFunctions(assembly).map((fn) => fn.name)
      for (const name of Object.keys(functionEntries)) {
        const count = names.filter((it) => it === name).length
        if (count !== 1) yield [undefined, `${count} Lambda functions run ${name}: make it one`]
      }
    },
  },
  {
    id: 'function-handler',
    refuses: 'a handler whose file or export is not in the asset',
    of: functionType,
    *check(fn) {
      const handler = fn.text('Handler') ?? ''
      const directory = assetOf(fn)
      if (directory === undefined) return // in the template
      const [file, name] = splitHandler(handler)
      const endings = fn.text('Runtime')?.startsWith('python') ? ['.py'] : ['.js', '.mjs', '.cjs']
      const exported = endings
        .map((it) => readExports(join(directory, file + it)))
        .find((it) => it !== undefined)
      if (exported === undefined)
        yield `Handler is ${handler}: its asset has no ${file}${endings.at(0)}`
      else if (!exported.includes(name)) {
        yield `Handler is ${handler}: ${file} exports ${exported.join(', ') || 'nothing'}`
      }
    },
  },
  {
    id: 'function-runtime',
    refuses:
      'a function of ours on the processor that costs more, or with a log of every call by Lambda',
    of: functionType,
    *check(resource) {
      if (asChatFunction(resource) === undefined) return
      const architectures = resource.texts('Architectures').join()
      if (architectures !== 'arm64') {
        yield `Architectures is ${architectures || 'x86_64'}: arm64 costs less`
      }
      const level = resource.text('LoggingConfig', 'SystemLogLevel')
      if (level !== 'WARN') {
        yield `LoggingConfig.SystemLogLevel is ${level ?? 'not set'}: take WARN, the lines about each call cost more than what the function does`
      }
    },
  },
  {
    id: 'function-concurrency',
    refuses:
      'reserved concurrency, of which a new account has none to give, or provisioned concurrency, which costs while nobody calls',
    of: [functionType, aliasType, versionType],
    *check(fn) {
      if (fn.value('ProvisionedConcurrencyConfig') !== undefined) {
        yield 'ProvisionedConcurrencyConfig is set: leave it out, it costs by the hour'
      }
      const reserved = fn.number('ReservedConcurrentExecutions')
      if (reserved !== undefined) {
        yield `ReservedConcurrentExecutions is ${reserved}: leave it out, or limit its event source instead`
      }
    },
  },
  {
    id: 'function-network',
    refuses: 'a function in a VPC, which has no way out without a NAT gateway',
    of: functionType,
    *check(fn) {
      if (fn.value('VpcConfig') !== undefined) {
        yield 'VpcConfig is set: the Data API needs none, leave it out'
      }
    },
  },
  {
    id: 'function-log',
    refuses: 'a function whose log goes to no log group of the stacks',
    of: functionType,
    *check(fn, assembly) {
      if (asChatFunction(fn) === undefined) return
      const name = fn.text('LoggingConfig', 'LogGroup')
      if (name === undefined)
        yield 'LoggingConfig.LogGroup is not set: give it a log group of its own'
      else if (find('AWS::Logs::LogGroup', name, assembly) === undefined) {
        yield `LoggingConfig.LogGroup is ${name}: no log group of the stacks`
      }
    },
  },
  {
    id: 'function-schedule',
    refuses: 'a schedule of what uses the database, which would never pause',
    of: ['AWS::Events::Rule', 'AWS::Scheduler::Schedule'],
    *check(schedule, assembly) {
      if (schedule.value('ScheduleExpression') === undefined) return
      const called = JSON.stringify(schedule.whole)
      for (const fn of chatFunctions(assembly)) {
        if (
          fn.commands.some((it) => it.startsWith('client-rds-data/')) &&
          callablesOf(fn.resource).some(({ id }) => called.includes(id))
        ) {
          yield `it calls ${fn.name}, which uses the database: sweep in $connect or heads instead`
        }
      }
    },
  },
]

/** A function, and its aliases and versions. */
function callablesOf(fn: Resource): Resource[] {
  return fn.stack.assembly
    .ofType(functionType, aliasType, versionType)
    .filter((it) => functionBehind(it) === fn)
}

function splitHandler(handler: string): [string, string] {
  const dot = handler.lastIndexOf('.')
  return [handler.slice(0, Math.max(dot, 0)), handler.slice(dot + 1)]
}
