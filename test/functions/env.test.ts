import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { functionEnvironments, limitSettings, readConfig, readLimits } from '../../functions/env.ts'
import { projectRoot } from '../../src/local/project-root.ts'

const complete = {
  DATABASE_ARN: 'arn:aws:rds:eu-central-1:1:cluster:chat',
  DATABASE_SECRET_ARN: 'arn:aws:secretsmanager:eu-central-1:1:secret:app',
  DATABASE_NAME: 'quick_connect',
  AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI: 'https://a.execute-api.eu-central-1.amazonaws.com/x',
  FAN_OUT_QUEUE_URL: 'https://sqs.eu-central-1.amazonaws.com/123456789012/fan-out.fifo',
  ORIGIN_SECRET_ARN: 'arn:aws:secretsmanager:eu-central-1:1:secret:origin',
  JWT_KEYS_SECRET_ARN: 'arn:aws:secretsmanager:eu-central-1:1:secret:keys',
  POWERTOOLS_METRICS_NAMESPACE: 'QuickConnect',
  POWERTOOLS_SERVICE_NAME: 'dev',
}

describe(readConfig, () => {
  it('reads origins, and fills in what is not set', () => {
    const config = readConfig(functionEnvironments.connect, {
      ...complete,
      ALLOWED_ORIGINS: 'https://a.example/, https://b.example',
    })
    expect(config.ALLOWED_ORIGINS).toEqual(['https://a.example', 'https://b.example'])
    expect(config.LOG_LEVEL).toBe('INFO')
    expect(config.DIRECT_ACCESS).toBe('closed')
    expect(Object.isFrozen(config)).toBe(true)
  })

  it.each(Object.keys(complete))('names %s when it is missing', (name) => {
    const read = (value: string | undefined) =>
      readConfig(functionEnvironments.api, { ...complete, [name]: value })
    expect(() => read(undefined)).toThrow(name)
    expect(() => read('')).toThrow(name)
  })

  it.each([
    ['JWT_KEYS_SECRET_ARN', '{"keys":[{"kid":"1","secret":"the secret itself"}]}'],
    ['ORIGIN_SECRET_ARN', 'the secret itself'],
    ['AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI', 'the secret itself'],
    ['DIRECT_ACCESS', 'the secret itself'],
    ['LOG_LEVEL', 'the secret itself'],
  ])('refuses a wrong %s, and does not repeat it', (name, value) => {
    const read = () => readConfig(functionEnvironments.api, { ...complete, [name]: value })
    expect(read).toThrow(name)
    expect(read).not.toThrow('itself')
  })

  it('asks no secret of functions that need none', () => {
    const { ORIGIN_SECRET_ARN: _, JWT_KEYS_SECRET_ARN: __, ...chat } = complete
    for (const name of ['disconnect', 'sendmessage', 'frame'] as const) {
      expect(readConfig(functionEnvironments[name], chat).DATABASE_NAME).toBe('quick_connect')
    }
  })
})

function readOrigins(text: string): readonly string[] {
  return readConfig(functionEnvironments.api, { ...complete, ALLOWED_ORIGINS: text })
    .ALLOWED_ORIGINS
}

describe('ALLOWED_ORIGINS', () => {
  it.each([
    'https://chat.example.org',
    'http://localhost:5173',
    'http://tauri.localhost',
    'https://xn--bcher-kva.example',
    'http://[::1]:3000',
    'capacitor://localhost',
    'ionic://localhost',
    'tauri://localhost',
    'app://-',
    'chrome-extension://abcdefghijklmnopabcdefghijklmnop',
  ])('may be %s', (origin) => {
    expect(readOrigins(origin)).toEqual([origin])
    expect(readOrigins(` ,${origin}/ , https://b.example`)).toEqual([origin, 'https://b.example'])
  })

  it.each([
    '*',
    'null',
    'https://*.example.org',
    'https://*',
    'chat.example.org',
    'localhost:5173',
    '//chat.example.org',
    'https://chat.example.org/path',
    'https://chat.example.org?a',
    'https://user@chat.example.org',
    'https://chat.example.org:443',
    'https://Chat.example.org',
    'HTTPS://chat.example.org',
    'https://bücher.example',
    'https://',
    'https:chat.example.org',
    'https://chat.example.org https://b.example',
    'tauri://',
    'tauri:localhost',
    'Tauri://localhost',
    'tauri://localhost/path',
    'tauri://*',
    'file://',
    'file://localhost',
    'wss://chat.example.org',
    'javascript://localhost',
  ])('may not be %s, which no browser sends', (origin) => {
    expect(() => readOrigins(`https://a.example,${origin}`)).toThrow(
      `ALLOWED_ORIGINS: has '${origin.replace(/\/$/, '')}': give origins as browsers send them`,
    )
  })
})

describe(readLimits, () => {
  it('takes a limit from its variable', () => {
    expect(readLimits({ FRAMES_PER_MINUTE: '7' }).frames).toEqual({ count: 7, seconds: 60 })
    expect(readLimits({}).frames).toEqual({ count: 120, seconds: 60 })
  })

  it.each(['0', '-1', 'many', '1.5'])('refuses %s', (value) => {
    expect(() => readLimits({ MESSAGES_PER_MINUTE: value })).toThrow('MESSAGES_PER_MINUTE')
  })
})

describe('the page of limits', () => {
  const defaults = Object.entries(readConfig(limitSettings, {}))

  it.each(defaults)('names %s with its default, %d', async (name, value) => {
    const page = await readFile(join(projectRoot, 'docs/limits.md'), 'utf8')
    const rows = page.split('\n').filter((line) => line.includes(`\`${name}\``))
    const number = name === 'MILLISECONDS_PER_SEARCH' ? value / 1_000 : value
    const pattern = new RegExp(`\\| ${number.toLocaleString('en')}\\b`)
    expect(rows.some((row) => pattern.test(row))).toBe(true)
  })

  it.each(defaults)('.env.example shows %s with its default, %d', async (name, value) => {
    const example = await readFile(join(projectRoot, '.env.example'), 'utf8')
    expect(example.split('\n')).toContain(`#${name}=${value}`)
  })
})
