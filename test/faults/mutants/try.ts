/** Plays schedules on the product, with one planted defect or none, and prints the outcome as one line of JSON. */
import { argv, stdout } from 'node:process'
import { startOwnPostgres } from '../own-postgres.ts'
import { runSchedules } from '../run.ts'

const [seed, count] = argv.slice(2).map(Number)
await using postgres = await startOwnPostgres()
const { schedules, failure } = await runSchedules({
  connection: postgres.connection,
  driver: 'pg',
  seed: seed!,
  count: count!,
  shrinks: false,
})
stdout.write(`${JSON.stringify({ schedules, reasons: failure?.reasons ?? [] })}\n`)
