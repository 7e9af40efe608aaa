/**
 * Plays random worlds for as long as asked, and prints what came of it. See docs/reliability.md.
 *
 *   npm run soak -- --minutes 10 [--seed 1] [--driver pg|data-api]
 */
import { argv, exit } from 'node:process'
import * as fc from 'fast-check'
import { openSharedDatabase } from './database.ts'
import { faultKinds } from './faults.ts'
import { startOwnPostgres } from './own-postgres.ts'
import { lanes, noSum, runOne, type Sum } from './run.ts'
import { busySize, largeSize, schedules, type Size, smallSize } from './schedule.ts'
import { readSoakOptions, type SoakOptions, usage } from './soak-options.ts'

/** Half of the rounds have a large room, where each message comes to many screens. */
const sizes: readonly Size[] = [largeSize, busySize, largeSize, smallSize, largeSize, busySize]

const print = (line: string) => void process.stdout.write(`${line}\n`)
const number = (value: number) => value.toLocaleString('en-US')
const exceptionsOf = ({ lost, doubled, outOfOrder, different }: Sum) =>
  `${lost} lost, ${doubled} doubled, ${outOfOrder} out of order, ${different} different`

const seconds = (ms: number) => (ms / 1_000).toFixed(1)

/** Returns whether there was no exception. */
async function soak({ minutes, seed, driver }: SoakOptions): Promise<boolean> {
  await using postgres = await startOwnPostgres()
  print(`seed ${seed}, over ${driver}, for ${minutes} minutes`)
  const sum = noSum()
  const began = performance.now()
  let endsAt = began + minutes * 60_000
  // Ctrl-C ends the present rounds and prints their outcome.
  process.once('SIGINT', () => void (endsAt = 0))
  let printedAt = began
  let rounds = 0
  async function run(): Promise<void> {
    await using database = openSharedDatabase(postgres.connection, driver)
    while (performance.now() < endsAt) {
      const round = rounds++
      const size = sizes[round % sizes.length]!
      const [schedule] = fc.sample(schedules(size), { seed: seed + round, numRuns: 1 })
      const reasons = await runOne(database, schedule!, sum, size)
      if (reasons.length > 0) print(`round ${round}:\n${reasons.slice(0, 20).join('\n')}`)
      if (performance.now() - printedAt < 15_000) continue
      printedAt = performance.now()
      print(
        `${seconds(printedAt - began)} s: ${sum.schedules} rounds, ${number(sum.deliveries)} deliveries, ${exceptionsOf(sum)}`,
      )
    }
  }
  await Promise.all(Array.from({ length: lanes }, run))
  print(report(sum))
  return sum.lost + sum.doubled + sum.outOfOrder + sum.different + sum.failures === 0
}

function report(sum: Sum): string {
  const struck = faultKinds.filter((kind) => sum.faults[kind] > 0)
  const all = struck.reduce((count, kind) => count + sum.faults[kind], 0)
  return [
    '',
    `rounds           ${number(sum.schedules)}`,
    `messages sent    ${number(sum.messages)}`,
    `deliveries       ${number(sum.deliveries)}`,
    `faults injected  ${number(all)}, of ${struck.length} kinds`,
    ...struck.map((kind) => `  ${kind.padEnd(34)} ${number(sum.faults[kind])}`),
    `lost             ${sum.lost}`,
    `doubled          ${sum.doubled}`,
    `out of order     ${sum.outOfOrder}`,
    `different        ${sum.different}`,
    `handlers failed  ${sum.failures}`,
    `until calm       ${seconds(sum.calmMsInAll / sum.schedules)} s on average and ${seconds(sum.calmMs)} s at most, after the last fault, in the clients' time`,
  ].join('\n')
}

let options: SoakOptions
try {
  options = readSoakOptions(argv.slice(2))
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}\n`)
  exit(2)
}
exit((await soak(options)) ? 0 : 1)
