import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { readStage } from '../../lib/stage.ts'

const { context } = JSON.parse(readFileSync('cdk.json', 'utf8')) as {
  context: { stages: { dev: Record<string, unknown> } }
}
const read = (changes: Record<string, unknown>) =>
  readStage((key) => ({ ...context, ...changes })[key])

const dev = (changes: Record<string, unknown>) =>
  read({ stages: { dev: { ...context.stages.dev, ...changes } } })

describe(readStage, () => {
  test('is dev by default', () => {
    expect(read({}).name).toBe('dev')
    expect(read({ stage: 'prod' }).name).toBe('prod')
  })

  test('lists the stages in its error', () => {
    expect(() => read({ stage: 'production' })).toThrow(
      'the stage "production" is not in cdk.json: give -c stage=<dev, prod>',
    )
    expect(() => read({ stage: 'constructor' })).toThrow(
      'the stage "constructor" is not in cdk.json',
    )
  })

  test('reports an unknown or wrong variable of the handlers', () => {
    expect(dev({ environment: { MESSAGES_PER_MINUTE: 500 } }).environment).toEqual({
      MESSAGES_PER_MINUTE: '500',
    })
    for (const [name, value] of [
      ['MESSAGES_PER_MINUTE', 0],
      ['DIRECT_ACCESS', 'yes'],
      ['LOG_LEVEL', 'loud'],
      ['ALLOWED_ORIGINS', 'https://*.example.org'],
    ] as const) {
      expect(() => dev({ environment: { [name]: value } })).toThrow(
        `stages.dev.environment.${name}: `,
      )
    }
    const ALLOWED_ORIGINS = 'https://chat.example.org,capacitor://localhost,tauri://localhost'
    expect(dev({ environment: { ALLOWED_ORIGINS } }).environment).toEqual({ ALLOWED_ORIGINS })
    // Only the stacks set it.
    expect(() => dev({ environment: { DATABASE_NAME: 'mine' } })).toThrow(
      'stages.dev.environment: Unrecognized key: "DATABASE_NAME"',
    )
  })

  test('reports an unknown or wrong setting', () => {
    expect(() => dev({ logDay: 7 })).toThrow('stages.dev: Unrecognized key: "logDay"')
    expect(() => dev({ logDays: 8 })).toThrow('cdk.json is wrong: stages.dev.logDays')
    const database = {
      minCapacity: 0.7,
      maxCapacity: 2,
      hasReader: false,
      backupDays: 1,
      engineVersion: '17.7',
    }
    expect(() => dev({ database })).toThrow('stages.dev.database.minCapacity')
    expect(() => read({ stages: undefined })).toThrow('cdk.json is wrong: stages')
    expect(() => read({ stages: { Dev: {} } })).toThrow('cdk.json is wrong: stages.Dev')
  })
})
