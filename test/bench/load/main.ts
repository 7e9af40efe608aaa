/**
 * Measures the server. It starts a PostgreSQL with a database of its own, the server, and members who talk. It checks
 * that each member gets each message once and in the order of the others, and prints the figures. With --against, other
 * servers do the same in turns, over the same PostgreSQL. docs/performance.md explains the figures.
 *
 *   npm run bench [-- W1 W2 page] [--against socketio,ws-pg] [--rounds 3] [--seconds 5] [--rate 100] [--json]
 */
import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { say } from '../../../src/local/commands/cli.ts'
import { startEmbeddedPostgres } from '../../../src/local/postgres/postgres.ts'
import { catchStopSignals, whenAborted } from '../../../src/local/commands/stop-signal.ts'
import { runBench } from '../run-bench.ts'
import { ensureBuilt, tell } from '../../../scripts/web/build.ts'
import { memoryOf } from './meter.ts'
import { type LoadOptions, readLoadOptions, usage, type WorkloadName } from './options.ts'
import { query, start, type System, systems } from './systems.ts'
import { type Result, type Target, workloads } from './workloads.ts'

interface Run extends Result {
  readonly workload: WorkloadName
  readonly system: System['name']
  readonly round: number
  /** The server's memory before members came, in MiB. */
  readonly memoryAtRest: number
}

/** The program always ends by itself. */
const longestMs = 45 * 60_000

const template = (name: string) => `seed_${name.replace('-', '_')}`

/** The folder is on a disk, so that a commit waits for the disk. The tests' folders may be in memory. */
async function makeDataDir(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'quick-connect-bench-')))
  return {
    path,
    [Symbol.asyncDispose]: async () => await rm(path, { recursive: true, force: true }),
  }
}

async function main(options: LoadOptions): Promise<void> {
  const stop = catchStopSignals()
  await ensureBuilt({ onBuild: tell })
  await using data = await makeDataDir()
  await using postgres = await startEmbeddedPostgres({
    dataDir: data.path,
    settings: { max_connections: '100' },
  })
  const { connection } = postgres
  const pidFile = await readFile(join(data.path, 'postgres', 'postmaster.pid'), 'utf8')
  const postgresPid = Number(pidFile.split('\n')[0])
  const measured = [systems['quick-connect'], ...options.against.map((name) => systems[name])]

  async function runOnce(workload: WorkloadName, system: System, round: number): Promise<Run> {
    const database = 'run'
    await query(connection, `drop database if exists ${database} with (force)`)
    await query(connection, `create database ${database} template ${template(system.name)}`)
    await query({ ...connection, database, user: 'postgres' }, 'checkpoint')
    const config = { ...connection, database }
    await using server = await start(system, config)
    await sleep(1_000)
    const memoryAtRest = memoryOf(server.pid)
    const target: Target = { system, server, postgresPid, config, options }
    const result = await workloads[workload](target)
    return { workload, system: system.name, round, memoryAtRest, ...result }
  }

  async function runAll(): Promise<Run[]> {
    for (const system of measured) {
      const database = template(system.name)
      await query(connection, `create database ${database}`)
      await system.seed({ ...connection, database })
      // The first start compiles the program, so it is not measured.
      await (await start(system, { ...connection, database }))[Symbol.asyncDispose]()
      await query({ ...connection, database }, 'vacuum analyze')
    }
    const runs: Run[] = []
    for (let round = 1; round <= options.rounds; round++) {
      for (const workload of options.workloads) {
        for (const system of measured) {
          if (workload === 'logins' && !system.login) continue
          runs.push(await runOnce(workload, system, round))
          if (!options.json) process.stderr.write(`${workload} ${system.name} ${round}\n`)
        }
      }
    }
    return runs
  }

  const runs = await Promise.race([
    runAll(),
    whenAborted(stop).then(() => {
      throw new Error('stopped')
    }),
  ])
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'processor'}, load ${loadavg()[0]!.toFixed(1)}`
  const summary = summarize(runs, options)
  if (options.json) say(JSON.stringify({ machine, options, summary, runs }, null, 2))
  else {
    for (const line of table(summary)) say(line)
    say(machine)
  }
  const wrong = runs.filter(isWrong)
  for (const { workload, system, round, faults } of wrong) {
    process.stderr.write(`${workload} ${system}, round ${round}: ${JSON.stringify(faults)}\n`)
  }
  if (wrong.length > 0) process.exitCode = 1
}

function isWrong({ faults }: Run): boolean {
  if (!faults) return false
  const { sent, ...rest } = faults
  return sent === 0 || Object.values(rest).some((count) => count > 0)
}

const figures = [
  'perSecond',
  'deliveriesPerSecond',
  'p50',
  'p99',
  'serverCpu',
  'postgresCpu',
  'memoryAtRest',
  'memory',
  'generatorBusy',
  'historyDiffers',
] as const
type FigureName = (typeof figures)[number]
type Figures = Partial<Record<FigureName, number>>

interface Summary {
  readonly workload: WorkloadName
  readonly system: System['name']
  /** The medians of the rounds. */
  readonly median: Figures
  /** The medians of this server divided by those of the other one, from runs that followed each other. */
  readonly ratio?: Figures
}

function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  if (sorted.length === 0) return undefined
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle) - 1]!) / 2
}

function summarize(runs: readonly Run[], { workloads: names, against }: LoadOptions): Summary[] {
  return names.flatMap((workload) => {
    const of = (system: System['name']) =>
      runs.filter((run) => run.workload === workload && run.system === system)
    const ours = of('quick-connect')
    return (['quick-connect', ...against] as const)
      .filter((system) => of(system).length > 0)
      .map((system) => ({
        workload,
        system,
        median: byFigure((name) => of(system).map((run) => run[name])),
        ...(system !== 'quick-connect' && {
          ratio: byFigure((name) =>
            of(system).map((run, index) => {
              const [our, theirs] = [ours[index]?.[name], run[name]]
              return our === undefined || !theirs ? undefined : our / theirs
            }),
          ),
        }),
      }))
  })
}

function byFigure(valuesOf: (name: FigureName) => readonly (number | undefined)[]): Figures {
  const found = figures.map((name) => {
    const values = valuesOf(name).filter((value) => value !== undefined)
    return [name, median(values)] as const
  })
  return Object.fromEntries(found.filter(([, value]) => value !== undefined))
}

const columns: readonly (readonly [title: string, name: FigureName, digits: number])[] = [
  ['per s', 'perSecond', 0],
  ['deliveries/s', 'deliveriesPerSecond', 0],
  ['p50 ms', 'p50', 2],
  ['p99 ms', 'p99', 2],
  ['CPU ms: server', 'serverCpu', 3],
  ['PostgreSQL', 'postgresCpu', 3],
  ['MiB at rest', 'memoryAtRest', 0],
  ['after', 'memory', 0],
  ['generator busy', 'generatorBusy', 2],
]

function table(summary: readonly Summary[]): string[] {
  const heads = columns.map(([title]) => title.padStart(title.length + 2))
  const row = (first: string, cells: readonly string[]) =>
    `${first.padEnd(24)}${cells.map((cell, n) => cell.padStart(heads[n]!.length)).join('')}`
  const cellsOf = (values: Figures, digitsOf: (digits: number) => number) =>
    columns.map(([, name, digits]) => values[name]?.toFixed(digitsOf(digits)) ?? '')
  return [
    row('', heads),
    ...summary.flatMap(({ workload, system, median: values, ratio }) => [
      row(
        `${workload} ${system}`,
        cellsOf(values, (digits) => digits),
      ),
      ...(ratio
        ? [
            row(
              '   ours / theirs',
              cellsOf(ratio, () => 2),
            ),
          ]
        : []),
    ]),
  ]
}

await runBench(
  { read: readLoadOptions, usage, longestMs, advice: 'run fewer workloads, or fewer --rounds' },
  main,
)
