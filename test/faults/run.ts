/** Plays random schedules, one world after another, and says what came of them. Needs no test runner. */
import { randomBytes } from 'node:crypto'
import * as fc from 'fast-check'
import type { PostgresConnection } from '../../src/local/postgres.ts'
import { type DriverName, openSharedDatabase, type SharedDatabase } from './database.ts'
import { type FaultCounts, faultKinds, noFaults } from './faults.ts'
import { play } from './play.ts'
import { type Schedule, schedules } from './schedule.ts'
import { judge } from './verdict.ts'
import { World } from './world.ts'

export interface RunOptions {
  /** A migrated database. */
  readonly connection: PostgresConnection
  readonly driver: DriverName
  readonly seed: number
  readonly count: number
  readonly maxSteps?: number
  /** Whether a schedule that failed is made as small as it can be. */
  readonly shrinks?: boolean
}

export interface Sum {
  schedules: number
  messages: number
  deliveries: number
  lost: number
  doubled: number
  outOfOrder: number
  different: number
  readonly faults: FaultCounts
  /** How long the screens went on to change after the last fault, in milliseconds of the world: the longest. */
  calmMs: number
}

export interface Verdict extends Sum {
  /** The first schedule that failed, as small as it was made, and why. */
  readonly failure: { readonly schedule: string; readonly reasons: readonly string[] } | null
}

export const noSum = (): Sum => ({
  schedules: 0,
  messages: 0,
  deliveries: 0,
  lost: 0,
  doubled: 0,
  outOfOrder: 0,
  different: 0,
  faults: noFaults(),
  calmMs: 0,
})

/** Plays `count` schedules, until one fails. */
export async function runSchedules(options: RunOptions): Promise<Verdict> {
  const { connection, driver, seed, count, maxSteps = 40, shrinks = true } = options
  await using database = await openSharedDatabase(connection, driver)
  const sum = noSum()
  let failed: { schedule: Schedule; reasons: readonly string[] } | undefined
  const property = fc.asyncProperty(schedules(maxSteps), async (schedule) => {
    const reasons = await runOne(database, schedule, failed ? noSum() : sum)
    if (reasons.length === 0) return
    failed = { schedule, reasons }
    throw new Error(reasons.join('\n'))
  })
  await fc.check(property, { seed, numRuns: count, endOnFailure: !shrinks })
  return {
    ...sum,
    failure: failed
      ? { schedule: JSON.stringify(failed.schedule, null, 1), reasons: failed.reasons }
      : null,
  }
}

const run = randomBytes(4).toString('hex')
let worlds = 0

/** Gives what was wrong. */
export async function runOne(
  database: SharedDatabase,
  schedule: Schedule,
  sum: Sum,
): Promise<readonly string[]> {
  const { seed, environments, isTab, skewMs } = schedule
  const world = new World({
    database,
    name: `w${run}_${++worlds}`,
    seed,
    environments,
    users: 3,
    devices: [
      { user: 0, skewMs: 0 },
      { user: 1, skewMs },
      { user: 2, skewMs: 0 },
      { user: 0, skewMs: 0, tabOf: isTab ? 0 : undefined },
    ],
  })
  await world.begin()
  for (const device of world.devices) device.show(world.rooms[0]!)
  await play(world, schedule)
  await judge(world)
  await world.end()
  addTo(sum, world)
  const { book, server } = world
  return [
    ...book.exceptions.map(({ kind, text }) => `${kind}: ${text}`),
    ...server.errors.map((error) => `a handler failed: ${String(JSON.stringify(error))}`),
  ]
}

function addTo(sum: Sum, { book, faults }: World): void {
  sum.schedules += 1
  sum.messages += book.sends.size
  sum.deliveries += book.deliveries
  sum.lost += book.count('lost')
  sum.doubled += book.count('doubled')
  sum.outOfOrder += book.count('out of order')
  sum.different += book.count('different')
  for (const kind of faultKinds) sum.faults[kind] += faults.counts[kind]
}
