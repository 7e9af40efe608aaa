import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import type { DriverName } from './database.ts'

export const usage = 'usage: npm run soak -- --minutes N [--seed N] [--driver pg|data-api]'

export interface SoakOptions {
  readonly minutes: number
  readonly seed: number
  readonly driver: DriverName
}

const seedMax = 2 ** 31 - 1

const options = {
  minutes: { type: 'string' },
  seed: { type: 'string' },
  driver: { type: 'string' },
} as const

/** Parses the options. Throws an error that says what is wrong with them. */
export function readSoakOptions(args: readonly string[]): SoakOptions {
  const { values } = parseArgs({ args: [...args], options })
  const { minutes, seed = String(randomInt(seedMax)), driver = 'pg' } = values
  if (minutes === undefined) throw new Error('--minutes is missing: say how long it is to run')
  const given = Number(minutes)
  if (!(given > 0 && given <= 100_000)) {
    throw new Error(`--minutes is ${minutes}: give a number above 0, such as 10 or 0.5`)
  }
  if (!/^\d{1,10}$/.test(seed) || Number(seed) > seedMax) {
    throw new Error(`--seed is ${seed}: give a whole number from 0 to ${seedMax}`)
  }
  if (driver !== 'pg' && driver !== 'data-api') {
    throw new Error(`--driver is ${driver}: give pg or data-api`)
  }
  return { minutes: given, seed: Number(seed), driver }
}
