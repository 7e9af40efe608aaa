/**
 * Plants each defect of mutants.ts in turn, and plays random schedules until one of them shows it:
 *
 *   npm run soak:mutants
 *   npm run soak:mutants -- --seed 7 --schedules 300 --only resync
 *
 * It prints a table, and exits with 1 if a defect was not found, or if something is found where none was planted.
 */
import { execFile } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { parseArgs, promisify } from 'node:util'
import { projectRoot } from '../../../src/local/project-root.ts'
import { mutants } from './mutants.ts'

const usage = `usage: npm run soak:mutants -- [--seed N] [--schedules N] [--only TEXT]

  --seed       a whole number: the same one plays the same schedules; random when it is left out
  --schedules  the most that are played for one defect; 200 when it is left out
  --only       plants the defects whose name has this text`

interface Outcome {
  readonly schedules: number
  readonly reasons: readonly string[]
}

const here = (name: string) => join(projectRoot, 'test/faults/mutants', name)

async function play(defect: string | null, seed: number, count: number): Promise<Outcome> {
  const plant = defect === null ? [] : ['--import', here('plant.ts')]
  const env = { ...process.env, ...(defect !== null && { PLANTED_DEFECT: defect }) }
  const args = [...plant, here('try.ts'), String(seed), String(count)]
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    env,
    maxBuffer: 2 ** 26,
    timeout: 600_000,
  })
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- try.ts writes it
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Outcome
}

/** A process that does not end by itself has also found the defect, but gives no reasons. */
async function tryDefect(name: string, seed: number, count: number): Promise<Outcome> {
  try {
    return await play(name, seed, count)
  } catch (error) {
    return { schedules: 0, reasons: [`the run failed: ${String(error).split('\n')[0]}`] }
  }
}

const print = (...cells: readonly string[]) => process.stdout.write(`| ${cells.join(' | ')} |\n`)
const inCell = (text: string) =>
  (text.length > 110 ? `${text.slice(0, 110)}…` : text).replaceAll('|', '/').replaceAll('\n', ' ')

function readOptions(): { seed: number; count: number; only: string } {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string' },
      schedules: { type: 'string' },
      only: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) {
    process.stdout.write(`${usage}\n`)
    process.exit(0)
  }
  const number = (name: 'seed' | 'schedules', otherwise: number) => {
    const given = values[name]
    if (given === undefined) return otherwise
    if (!/^\d{1,9}$/.test(given)) throw new Error(`--${name} is a whole number, not "${given}"`)
    return Number(given)
  }
  return {
    seed: number('seed', randomInt(2 ** 29)),
    count: Math.max(1, number('schedules', 200)),
    only: values.only ?? '',
  }
}

let options
try {
  options = readOptions()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}\n`)
  process.exit(2)
}
const { seed, count, only } = options
const planted = mutants.filter(({ name }) => name.includes(only))
if (planted.length === 0) {
  process.stderr.write(`there is no defect whose name has "${only}"\n`)
  process.exit(2)
}
process.stdout.write(`seed ${seed}\n\n`)
print('planted defect', 'schedules', 'what showed it')
print('---', '---:', '---')
const control = await play(null, seed, Math.min(count, 100))
const isClean = control.reasons.length === 0
print('(none)', String(control.schedules), inCell(control.reasons[0] ?? 'nothing, as it should be'))
let found = 0
// Runs as many at once as there are processors.
const left = [...planted]
const outcomes = new Map(planted.map(({ name }) => [name, Promise.withResolvers<Outcome>()]))
for (let worker = 0; worker < availableParallelism(); worker++) void work()
async function work(): Promise<void> {
  for (let next = left.shift(); next; next = left.shift()) {
    outcomes.get(next.name)!.resolve(await tryDefect(next.name, seed, count))
  }
}
for (const [name, { promise }] of outcomes) {
  const { schedules, reasons } = await promise
  if (reasons.length > 0) found += 1
  print(name, String(schedules), inCell(reasons[0] ?? 'NOT FOUND'))
}
process.stdout.write(`\n${found} of ${planted.length} were found\n`)
process.exitCode = isClean && found === planted.length ? 0 : 1
