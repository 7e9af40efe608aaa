import { describe, expect, test } from 'vitest'
import { functionEnvironments } from '../../functions/env.ts'
import { type FunctionName, functionEntries } from '../../functions/routes.ts'
import { functionNamed, resourcesOf } from '../support/stack-resources.ts'
import { synthesize } from '../support/synthesize.ts'

const { data, application } = await synthesize('prod')

const names = Object.keys(functionEntries) as FunctionName[]
const functions = names.map((name) => {
  const stack = name === 'rotate-jwt-keys' ? data : application
  return { name, stack, ...functionNamed(stack, name) }
})

async function waits(stage: 'dev' | 'prod'): Promise<Record<string, unknown>> {
  const { application } = await synthesize(stage)
  const told = names
    .filter((name) => name !== 'rotate-jwt-keys')
    .map((name) => {
      const { Variables } = functionNamed(application, name).Properties['Environment']
      return [name, Variables['DATABASE_RESUME_WAIT_MS']]
    })
  return Object.fromEntries(told) as Record<string, unknown>
}

describe('a function', () => {
  test.each(functions)('$name is told all that it needs, and nothing it does not read', (fn) => {
    const { NODE_OPTIONS, ...variables } = fn.Properties['Environment'].Variables as Record<
      string,
      unknown
    >
    expect(NODE_OPTIONS).toBe('--enable-source-maps')
    const schema = functionEnvironments[fn.name].strict()
    const set = Object.entries(variables).map(([name, value]) => [name, standIn(name, value)])
    expect(schema.safeParse(Object.fromEntries(set)).error).toBeUndefined()
  })

  test('waits less for a database that may pause, where a client waits for the answer', async () => {
    expect(await waits('dev')).toEqual({
      api: '3000',
      admin: '3000',
      connect: '0',
      disconnect: '3000',
      sendmessage: '3000',
      frame: '3000',
    })
    expect(await waits('prod')).toEqual({})
  })

  test('has what its stage sets for itself, when it reads that', async () => {
    const environment = {
      SEARCHES_PER_MINUTE: 5,
      DIRECT_ACCESS: 'open',
      ADMIN_TOTP: 'required',
      LOG_LEVEL: 'WARN',
      ALLOWED_ORIGINS: 'https://chat.example.org,tauri://localhost',
    }
    const own = await synthesize('dev', { environment })
    const set = (variable: string) =>
      names.filter((name) => {
        const stack = name === 'rotate-jwt-keys' ? own.data : own.application
        const { Variables } = functionNamed(stack, name).Properties['Environment']
        return Variables[variable] !== undefined
      })
    expect(set('SEARCHES_PER_MINUTE')).toEqual(['api', 'admin', 'connect', 'sendmessage', 'frame'])
    expect(set('DIRECT_ACCESS')).toEqual(['api', 'admin', 'connect'])
    expect(set('ADMIN_TOTP')).toEqual(['admin'])
    // Pages that may open sockets may call the API.
    expect(set('ALLOWED_ORIGINS')).toEqual(['api', 'connect'])
    expect(set('LOG_LEVEL')).toEqual(names.filter((fn) => fn !== 'rotate-jwt-keys'))
  })

  test('is on ARM, with the current runtime, and is traced', () => {
    for (const { Properties } of functions) {
      expect(Properties).toMatchObject({
        Architectures: ['arm64'],
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        TracingConfig: { Mode: 'Active' },
      })
    }
  })

  test('needs no concurrency reserved, which a new account has none of', () => {
    for (const { Properties } of [data, application].flatMap((stack) =>
      resourcesOf(stack, 'AWS::Lambda::Function'),
    )) {
      expect(Properties['ReservedConcurrentExecutions']).toBeUndefined()
    }
  })

  test('writes into a log group of its own, which forgets', () => {
    const groups = functions.map(({ Properties }) => Properties['LoggingConfig'].LogGroup.Ref)
    expect(new Set(groups).size).toBe(functions.length)
    for (const { id, Properties } of [data, application].flatMap((stack) =>
      resourcesOf(stack, 'AWS::Logs::LogGroup'),
    )) {
      expect([id, Properties['RetentionInDays']]).toEqual([id, 90])
    }
  })

  test('waits for the migration when it works with the database', () => {
    const [run] = resourcesOf(application, 'Custom::QuickConnectSchema')
    const waiting = functions.filter(({ DependsOn = [] }) => DependsOn.includes(run!.id))
    const withDatabase = functions.filter(
      ({ name, Properties }) =>
        name !== 'migrate' && 'DATABASE_ARN' in Properties['Environment'].Variables,
    )
    expect(waiting.map(({ name }) => name)).toEqual(withDatabase.map(({ name }) => name))
    expect(waiting).toHaveLength(7)
  })
})

/** A reference has no value before it is deployed. */
function standIn(name: string, value: unknown): string {
  if (typeof value === 'string') return value
  return name.endsWith('_ARN') ? 'arn:aws:x' : 'https://x.test'
}
