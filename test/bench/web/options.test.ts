import { describe, expect, it } from 'vitest'
import { readBenchOptions } from './options.ts'

describe('the options of the bench of the page', () => {
  it('measure everything, and fail no build, by default', () => {
    expect(readBenchOptions([])).toEqual({
      measures: ['start', 'keys', 'switches', 'scroll', 'heap'],
      rounds: 3,
      messages: 100_000,
      slowdown: 4,
      json: false,
      check: false,
    })
  })

  it('are accepted in any order', () => {
    const args = ['scroll', 'start', '--rounds', '1', '--messages', '5000', '--slowdown', '1']
    expect(readBenchOptions([...args, '--json', '--check'])).toEqual({
      measures: ['start', 'scroll'],
      rounds: 1,
      messages: 5_000,
      slowdown: 1,
      json: true,
      check: true,
    })
  })

  it.each([
    [['speed'], 'nothing is measured that is called "speed"'],
    [['--rounds', '0'], '--rounds takes a whole number from 1 to 20, and not "0"'],
    [['--messages', 'many'], '--messages takes a whole number from 1000 to 200000, and not "many"'],
    [['--slowdown', '1.5'], '--slowdown takes a whole number from 1 to 20'],
    [['--fast'], "Unknown option '--fast'"],
  ])('are refused when they are wrong: %j', (args, text) => {
    expect(() => readBenchOptions(args)).toThrow(text)
  })
})
