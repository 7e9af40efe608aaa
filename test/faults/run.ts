/** Plays random schedules, one world after another, and says what came of them. Needs no test runner. */
import { randomBytes } from 'node:crypto'
import * as fc from 'fast-check'
import type { PostgresConnection } from '../../src/local/postgres/postgres.ts'
import { type DriverName, openSharedDatabase, type SharedDatabase } from './database.ts'
import { type FaultCounts, faultKinds, noFaults } from './faults.ts'
import { play } from './play.ts'
import { type Schedule, schedules, type Size, smallSize } from './schedule.ts'
import { judge } from './verdict.ts'
import { World } from './world.ts'

export interface RunOptions {
  /** A migrated database. */
  readonly connection: PostgresConnection
  readonly driver: DriverName
  readonly seed: number
  readonly count: number
  readonly size?: Size
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
  /** Handlers that failed by themselves, not by a fault. */
  failures: number
  readonly faults: FaultCounts
  /** How long the screens went on to change after the last fault, in milliseconds of the world: the longest, and all. */
  calmMs: number
  calmMsInAll: number
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
  failures: 0,
  faults: noFaults(),
  calmMs: 0,
  calmMsInAll: 0,
})

interface Failed {
  readonly schedule: Schedule
  readonly reasons: readonly string[]
}

/** So many worlds go on side by side: while one waits for the database another one works. */
export const lanes = 3

/** Plays `count` schedules, until one fails. Each lane has a seed of its own, counted from the one that is given. */
export async function runSchedules(options: RunOptions): Promise<Verdict> {
  const { seed, count } = options
  const sum = noSum()
  const ended = new AbortController()
  const failures = await Promise.all(
    Array.from({ length: lanes }, async (_each, lane) => {
      const share = Math.floor((count + lane) / lanes)
      if (share === 0) return null
      return await runLane({ ...options, seed: seed + lane, count: share }, sum, ended)
    }),
  )
  const failed = failures.find((each) => each !== null)
  return {
    ...sum,
    failure: failed ? { schedule: JSON.stringify(failed.schedule), reasons: failed.reasons } : null,
  }
}

async function runLane(
  { connection, driver, seed, count, size = smallSize, shrinks = true }: RunOptions,
  sum: Sum,
  ended: AbortController,
): Promise<Failed | null> {
  await using database = openSharedDatabase(connection, driver)
  let failed: Failed | undefined
  const property = fc.asyncProperty(schedules(size), async (schedule) => {
    // Another lane has found something.
    if (ended.signal.aborted && !failed) return
    const reasons = await runOne(database, schedule, failed ? noSum() : sum, size)
    if (reasons.length === 0 || (ended.signal.aborted && !failed)) return
    failed = { schedule, reasons }
    ended.abort()
    throw new Error(reasons.join('\n'))
  })
  await fc.check(property, { seed, numRuns: count, endOnFailure: !shrinks })
  return failed ?? null
}

const run = randomBytes(4).toString('hex')
let worlds = 0

/** Gives what was wrong. */
export async function runOne(
  database: SharedDatabase,
  schedule: Schedule,
  sum: Sum,
  size = smallSize,
): Promise<readonly string[]> {
  const { seed, environments, isTab, skewMs } = schedule
  const { users, devices } = size
  const world = new World({
    database,
    name: `w${run}_${++worlds}`,
    seed,
    environments,
    opened: size.opened,
    users,
    devices: Array.from({ length: devices }, (_each, at) => ({
      user: at % users,
      skewMs: at === 1 ? skewMs : 0,
      tabOf: at === devices - 1 && isTab ? at % users : undefined,
    })),
  })
  const { book, server } = world
  await world.begin()
  if (size.isTroubled) world.faults.armAll()
  try {
    await play(world, schedule)
    await judge(world, schedule.ending === 'cut')
  } catch (error) {
    // Such as a session of the test that has ended.
    book.found('different', `the verdict failed: ${String(error)}`)
  }
  await world.end()
  addTo(sum, world)
  return [...book.exceptions.map(({ kind, text }) => `${kind}: ${text}`), ...server.errors]
}

function addTo(sum: Sum, { book, faults, server }: World): void {
  sum.schedules += 1
  sum.messages += book.sends.size + server.floods
  sum.failures += server.errors.length
  const calmMs = Math.max(0, book.changedAt - faults.stoppedAt)
  sum.calmMs = Math.max(sum.calmMs, calmMs)
  sum.calmMsInAll += calmMs
  sum.deliveries += book.deliveries
  sum.lost += book.count('lost')
  sum.doubled += book.count('doubled')
  sum.outOfOrder += book.count('out of order')
  sum.different += book.count('different')
  for (const kind of faultKinds) sum.faults[kind] += faults.counts[kind]
}
