import { parseArgs } from 'node:util'

export const measureNames = ['start', 'keys', 'switches', 'scroll', 'heap'] as const
export type MeasureName = (typeof measureNames)[number]

export interface BenchOptions {
  /** The measures to run, in the order of `measureNames`. */
  readonly measures: readonly MeasureName[]
  /** How often short measures run. The result is the median of their rounds. */
  readonly rounds: number
  /** How many messages the room has that is scrolled from end to start. */
  readonly messages: number
  /** How much slower the page's processor is made. */
  readonly slowdown: number
  readonly json: boolean
  /** Whether a broken bound makes the exit status 1. */
  readonly check: boolean
}

export const usage =
  `usage: npm run bench:web -- [${measureNames.join('] [')}] [--rounds 3] [--messages 100000] ` +
  `[--slowdown 4] [--json] [--check]`

/** Throws an error that says what is wrong. */
export function readBenchOptions(args: readonly string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '3' },
      messages: { type: 'string', default: '100000' },
      slowdown: { type: 'string', default: '4' },
      json: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
    },
  })
  const unknown = positionals.find((name) => !measureNames.some((each) => each === name))
  if (unknown !== undefined) {
    throw new Error(`nothing is measured that is called "${unknown}"`)
  }
  const named = measureNames.filter((name) => positionals.includes(name))
  return {
    measures: named.length > 0 ? named : measureNames,
    rounds: wholeNumber('rounds', values.rounds, 1, 20),
    messages: wholeNumber('messages', values.messages, 1_000, 200_000),
    slowdown: wholeNumber('slowdown', values.slowdown, 1, 20),
    json: values.json,
    check: values.check,
  }
}

function wholeNumber(name: string, text: string, least: number, most: number): number {
  const number = Number(text)
  if (Number.isInteger(number) && number >= least && number <= most) return number
  throw new Error(`--${name} takes a whole number from ${least} to ${most}, and not "${text}"`)
}
