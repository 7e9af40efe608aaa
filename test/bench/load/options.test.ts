import { describe, expect, it } from 'vitest'
import { readLoadOptions, workloadNames } from './options.ts'

describe('the options of the bench of the server', () => {
  it('run every workload once, and no other servers, by default', () => {
    expect(readLoadOptions([])).toEqual({
      workloads: workloadNames,
      against: [],
      rounds: 1,
      seconds: 5,
      rate: 100,
      json: false,
    })
  })

  it('are accepted in any order', () => {
    const args = ['page', 'W2', '--against', 'ws-pg,socketio', '--rounds', '3', '--seconds', '10']
    expect(readLoadOptions([...args, '--rate', '200', '--json'])).toEqual({
      workloads: ['W2', 'page'],
      against: ['socketio', 'ws-pg'],
      rounds: 3,
      seconds: 10,
      rate: 200,
      json: true,
    })
  })

  it.each([
    [['W9'], 'there is no workload "W9": choose from W1, W2'],
    [['--against', 'irc'], 'there is no server "irc": choose from socketio, ws-pg'],
    [['--seconds', '61'], '--seconds takes a whole number from 1 to 60, and not "61"'],
    [['--rounds', 'many'], '--rounds takes a whole number from 1 to 20, and not "many"'],
    [['--quick'], "Unknown option '--quick'"],
  ])('are refused when they are wrong: %j', (args, text) => {
    expect(() => readLoadOptions(args)).toThrow(text)
  })
})
