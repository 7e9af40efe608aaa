import { parseArgs } from 'node:util'

export const workloadNames = ['W1', 'W2', 'W3', 'W4', 'W5', 'rate', 'page', 'logins'] as const
export type WorkloadName = (typeof workloadNames)[number]

export const peerNames = ['socketio', 'ws-pg'] as const
export type PeerName = (typeof peerNames)[number]

export interface LoadOptions {
  /** The workloads to run, in the order of `workloadNames`. */
  readonly workloads: readonly WorkloadName[]
  /** The other servers that run the same workloads, in turns with this one. */
  readonly against: readonly PeerName[]
  /** How often each workload runs. The result is the median of the rounds. */
  readonly rounds: number
  /** How long each run measures, after its warm-up. */
  readonly seconds: number
  /** Messages per second of the workload `rate`. */
  readonly rate: number
  readonly json: boolean
}

export const usage =
  `usage: npm run bench -- [${workloadNames.join('] [')}] [--against ${peerNames.join(',')}] ` +
  `[--rounds 1] [--seconds 5] [--rate 100] [--json]`

/** Throws an error that says what is wrong. */
export function readLoadOptions(args: readonly string[]): LoadOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      against: { type: 'string', default: '' },
      rounds: { type: 'string', default: '1' },
      seconds: { type: 'string', default: '5' },
      rate: { type: 'string', default: '100' },
      json: { type: 'boolean', default: false },
    },
  })
  const workloads = pick('workload', workloadNames, positionals)
  return {
    workloads: workloads.length > 0 ? workloads : workloadNames,
    against: pick('server', peerNames, values.against.split(',').filter(Boolean)),
    rounds: wholeNumber('rounds', values.rounds, 1, 20),
    seconds: wholeNumber('seconds', values.seconds, 1, 60),
    rate: wholeNumber('rate', values.rate, 1, 2_000),
    json: values.json,
  }
}

function pick<Name extends string>(
  kind: string,
  names: readonly Name[],
  given: readonly string[],
): Name[] {
  const unknown = given.find((each) => !names.some((name) => name === each))
  if (unknown !== undefined) {
    throw new Error(`there is no ${kind} "${unknown}": choose from ${names.join(', ')}`)
  }
  return names.filter((name) => given.includes(name))
}

function wholeNumber(name: string, text: string, least: number, most: number): number {
  const number = Number(text)
  if (Number.isInteger(number) && number >= least && number <= most) return number
  throw new Error(`--${name} takes a whole number from ${least} to ${most}, and not "${text}"`)
}
