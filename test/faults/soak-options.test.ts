import { describe, expect, it } from 'vitest'
import { readSoakOptions } from './soak-options.ts'

describe('the options of a soak', () => {
  it('are read', () => {
    const args = ['--minutes', '0.5', '--seed', '7', '--driver', 'data-api']
    expect(readSoakOptions(args)).toEqual({ minutes: 0.5, seed: 7, driver: 'data-api' })
  })

  it('have a random seed, and pg, by default', () => {
    expect(readSoakOptions(['--minutes', '10'])).toMatchObject({ minutes: 10, driver: 'pg' })
  })

  it.each([
    [[], '--minutes is missing'],
    [['--minutes', 'ten'], '--minutes is ten: give a number above 0'],
    [['--minutes', '0'], '--minutes is 0: give a number above 0'],
    [['--minutes', '1', '--seed', '-1'], 'seed'],
    [['--minutes', '1', '--seed', '9999999999'], '--seed is 9999999999: give a whole number'],
    [['--minutes', '1', '--driver', 'mysql'], '--driver is mysql: give pg or data-api'],
    [['--hours', '1'], "Unknown option '--hours'"],
    [['1'], "Unexpected argument '1'"],
  ])('are refused when they are wrong: %j', (args, text) => {
    expect(() => readSoakOptions(args)).toThrow(text)
  })
})
