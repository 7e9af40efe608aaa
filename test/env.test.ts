import { describe, expect, it } from 'vitest'
import { readConfig, readLimits } from '../functions/env.ts'

const complete = {
  JWT_KEYS: '{"keys":[{"kid":"1","secret":"0123456789abcdef0123456789abcdef"}]}',
  DATABASE_ARN: 'arn:cluster',
  DATABASE_SECRET_ARN: 'arn:secret',
  DATABASE_NAME: 'quick_connect',
  FAN_OUT_QUEUE_URL: 'https://sqs.eu-central-1.amazonaws.com/123456789012/fan-out.fifo',
}

describe(readConfig, () => {
  it('reads keys and origins, and fills in what is not set', () => {
    const config = readConfig({
      ...complete,
      ALLOWED_ORIGINS: 'https://a.example/, https://b.example',
    })
    expect(config.JWT_KEYS[0].kid).toBe('1')
    expect(config.ALLOWED_ORIGINS).toEqual(['https://a.example', 'https://b.example'])
    expect(config.LOG_LEVEL).toBe('INFO')
    expect(Object.isFrozen(config)).toBe(true)
  })

  it.each(Object.keys(complete))('names %s when it is missing', (name) => {
    expect(() => readConfig({ ...complete, [name]: undefined })).toThrow(name)
    expect(() => readConfig({ ...complete, [name]: '' })).toThrow(name)
  })

  it.each([
    ['JWT_KEYS', 'no JSON'],
    ['JWT_KEYS', '{"keys":[]}'],
    ['JWT_KEYS', '{"keys":[{"kid":"1","secret":"short"}]}'],
    ['LOG_LEVEL', 'LOUD'],
  ])('refuses %s=%s, and does not repeat it', (name, value) => {
    const read = () => readConfig({ ...complete, [name]: value })
    expect(read).toThrow(name)
    expect(read).not.toThrow('short')
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
