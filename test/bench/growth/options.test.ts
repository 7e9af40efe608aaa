import { describe, expect, it } from 'vitest'
import { axisNames, readGrowthOptions, stepsOf } from './options.ts'

describe('the options of the bench of growth', () => {
  it('measure all axes, fail no build and write nothing, by default', () => {
    expect(readGrowthOptions([])).toEqual({
      axes: axisNames,
      messages: 10_000_000,
      sockets: 10_000,
      calls: 15,
      check: false,
      json: false,
      plans: false,
      write: false,
    })
  })

  it('are accepted in any order', () => {
    const args = [
      '--messages',
      '1e4',
      '--only',
      'sockets,messages',
      '--sockets',
      '100',
      '--calls',
      '3',
    ]
    expect(readGrowthOptions([...args, '--write', '--plans', '--json', '--check'])).toEqual({
      axes: ['messages', 'sockets'],
      messages: 10_000,
      sockets: 100,
      calls: 3,
      check: true,
      json: true,
      plans: true,
      write: true,
    })
  })

  it.each([
    [['--only', 'users'], 'there is no axis "users": choose from messages, members'],
    [['--messages', '1e8'], '--messages takes a power of ten from 1e4 to 1e7, and not "1e8"'],
    [['--messages', '5000'], '--messages takes a power of ten from 1e4 to 1e7, and not "5000"'],
    [['--sockets', '1'], '--sockets takes a power of ten from 1e2 to 1e4, and not "1"'],
    [['--calls', 'many'], '--calls takes a whole number from 3 to 100, and not "many"'],
    [['--quick'], "Unknown option '--quick'"],
  ])('are refused when they are wrong: %j', (args, text) => {
    expect(() => readGrowthOptions(args)).toThrow(text)
  })

  it('an axis goes from its first size to its last one by tens', () => {
    expect(stepsOf(1_000, 1_000_000)).toEqual([1_000, 10_000, 100_000, 1_000_000])
  })
})
