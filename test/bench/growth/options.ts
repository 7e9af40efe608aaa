import { parseArgs } from 'node:util'

/** What grows from step to step. */
export const axisNames = ['messages', 'members', 'rooms', 'sockets'] as const
export type AxisName = (typeof axisNames)[number]

export interface GrowthOptions {
  /** The axes to measure, in the order of `axisNames`. */
  readonly axes: readonly AxisName[]
  /** How many messages the last step of the axis `messages` has. The first has 1,000, and each further one ten times as many. */
  readonly messages: number
  /** How many sockets the last step of the axis `sockets` has. The first has 10, and each further one ten times as many. */
  readonly sockets: number
  /** How often each operation runs in a step. The figures are medians. */
  readonly calls: number
  /** Ends with exit status 1 if something grows that may not. */
  readonly check: boolean
  readonly json: boolean
  /** Prints the plans of the last step of each axis. */
  readonly plans: boolean
  /** Writes the plots and the plans that the documents show. */
  readonly write: boolean
}

export const usage =
  `usage: npm run bench:growth -- [--only ${axisNames.join(',')}] [--messages 1e7] [--sockets 10000] ` +
  `[--calls 15] [--check] [--json] [--plans] [--write]`

/** Throws an error that says what is wrong. */
export function readGrowthOptions(args: readonly string[]): GrowthOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', default: axisNames.join(',') },
      messages: { type: 'string', default: '1e7' },
      sockets: { type: 'string', default: '10000' },
      calls: { type: 'string', default: '15' },
      check: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      plans: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
    },
  })
  const { check, json, plans, write } = values
  const only = values.only.split(',')
  const unknown = only.find((each) => !axisNames.some((name) => name === each))
  if (unknown !== undefined) {
    throw new Error(`there is no axis "${unknown}": choose from ${axisNames.join(', ')}`)
  }
  return {
    axes: axisNames.filter((name) => only.includes(name)),
    messages: powerOfTen('messages', values.messages, 4, 7),
    sockets: powerOfTen('sockets', values.sockets, 2, 4),
    calls: wholeNumber('calls', values.calls, 3, 100),
    check,
    json,
    plans,
    write,
  }
}

/** The sizes of an axis: from the first one to the last one, each ten times the one before. */
export function stepsOf(first: number, last: number): number[] {
  const steps: number[] = []
  for (let size = first; size <= last; size *= 10) steps.push(size)
  return steps
}

function powerOfTen(name: string, text: string, least: number, most: number): number {
  const exponent = Math.log10(Number(text))
  if (Number.isInteger(exponent) && exponent >= least && exponent <= most) return 10 ** exponent
  throw new Error(`--${name} takes a power of ten from 1e${least} to 1e${most}, and not "${text}"`)
}

function wholeNumber(name: string, text: string, least: number, most: number): number {
  const number = Number(text)
  if (Number.isInteger(number) && number >= least && number <= most) return number
  throw new Error(`--${name} takes a whole number from ${least} to ${most}, and not "${text}"`)
}
