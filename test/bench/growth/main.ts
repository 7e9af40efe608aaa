/**
 * Measures how what an operation costs grows with what is stored: with messages, members, rooms of a user, and open
 * sockets. It starts a PostgreSQL of its own in a temporary folder, fills it, and calls the operations of the product.
 * docs/performance.md explains the figures.
 *
 *   npm run bench:growth [-- --only messages,members] [--messages 1e7] [--sockets 10000] [--calls 15] [--check] [--json]
 *     [--plans] [--write]
 */
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, type ClientConfig } from 'pg'
import { say } from '../../../src/local/commands/cli.ts'
import { migrateDatabase } from '../../../src/local/commands/migrate-database.ts'
import { catchStopSignals, whenAborted } from '../../../src/local/commands/stop-signal.ts'
import { startEmbeddedPostgres } from '../../../src/local/postgres/postgres.ts'
import { projectRoot } from '../../../src/local/project-root.ts'
import { ensureBuilt } from '../../../scripts/web/build.ts'
import { runBench } from '../run-bench.ts'
import { type Axis, membersAxis, messagesAxis, roomsAxis } from './axes.ts'
import { drawChart } from './chart.ts'
import { prepareSentences } from './fill.ts'
import { measure } from './measure.ts'
import { type AxisName, type GrowthOptions, readGrowthOptions, usage } from './options.ts'
import { excesses, type Measured, plansOf, tableOf } from './report.ts'
import { measureSockets } from './sockets.ts'

/** The program always ends by itself. */
const longestMs = 100 * 60_000

/** The speed of the disk is not measured: nothing of this database has to survive. */
const settings = {
  max_connections: '50',
  shared_preload_libraries: 'pg_stat_statements',
  'pg_stat_statements.track_utility': 'off',
  shared_buffers: '512MB',
  maintenance_work_mem: '512MB',
  max_wal_size: '4GB',
  wal_level: 'minimal',
  max_wal_senders: '0',
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'off',
  autovacuum: 'off',
}

async function main(options: GrowthOptions): Promise<void> {
  const stop = AbortSignal.any([catchStopSignals(), AbortSignal.timeout(longestMs - 60_000)])
  const begin = performance.now()
  const tell = (line: string) => {
    process.stderr.write(`${Math.round((performance.now() - begin) / 1_000)} s: ${line}\n`)
  }
  if (options.axes.includes('sockets'))
    await ensureBuilt({ onBuild: () => tell('building the page') })
  const path = await realpath(await mkdtemp(join(tmpdir(), 'quick-connect-growth-')))
  await using resources = new AsyncDisposableStack()
  resources.defer(async () => await rm(path, { recursive: true, force: true }))
  const postgres = resources.use(await startEmbeddedPostgres({ dataDir: path, settings }))

  const results: Measured[] = []
  const measureAll = async () => {
    await migrateDatabase(postgres.connection)
    await asSuperuser(postgres.connection, prepareSentences)
    for (const name of options.axes) {
      results.push(await measureOn(name, options, postgres.connection, tell))
    }
  }
  const isWhole = await Promise.race([
    measureAll().then(() => true),
    whenAborted(stop).then(() => false),
  ])
  if (!isWhole) {
    process.stderr.write('stopped: only the axes that are complete are reported\n')
    process.exitCode = 1
  }

  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'processor'}, load ${loadavg()[0]!.toFixed(1)}`
  const grown = results.flatMap(excesses)
  if (options.json) say(JSON.stringify({ machine, options, results, grown }, null, 2))
  else {
    for (const result of results) for (const line of tableOf(result)) say(line)
    say(machine)
  }
  if (options.plans) for (const result of results) say(plansOf(result))
  if (options.write && isWhole) await write(results)
  for (const line of grown) process.stderr.write(`${line}\n`)
  if (options.check && grown.length > 0) process.exitCode = 1
}

/** Measures one axis in a database of its own, and drops the database afterwards. */
async function measureOn(
  name: AxisName,
  options: GrowthOptions,
  template: ClientConfig,
  tell: (line: string) => void,
): Promise<Measured> {
  const config = { ...template, database: `growth_${name}` }
  await query(template, `create database ${config.database} template ${template.database}`)
  try {
    return await asSuperuser(config, async (control) => {
      await control.query('create extension if not exists pg_stat_statements')
      if (name === 'sockets') return await measureSockets(config, control, options, tell)
      return await measureAxis(name, axes[name](options), config, control, options, tell)
    })
  } finally {
    await query(template, `drop database if exists ${config.database} with (force)`).catch(
      () => undefined,
    )
  }
}

async function asSuperuser<T>(
  config: ClientConfig,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new Client({ ...config, user: 'postgres' })
  // It ends with the database when the program is stopped.
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end().catch(() => undefined)
  }
}

const axes = { messages: messagesAxis, members: membersAxis, rooms: roomsAxis }

async function measureAxis(
  name: AxisName,
  { title, unit, steps, begin, grow, series }: Axis,
  config: ClientConfig,
  control: Client,
  { calls }: GrowthOptions,
  tell: (line: string) => void,
): Promise<Measured> {
  await begin(control, tell)
  const measured: Measured = { name, title, unit, steps, series: [], fillSeconds: [] }
  for (const size of steps) {
    const start = performance.now()
    await grow(control, size, tell)
    measured.fillSeconds.push((performance.now() - start) / 1_000)
    tell(`${size.toLocaleString('en')} ${unit}`)
    for (const { operation, growth } of series(size)) {
      const { figure, plans } = await measure(operation, config, control, calls)
      let found = measured.series.find((each) => each.name === operation.name)
      if (!found) {
        found = { name: operation.name, figures: [], plans, growth }
        measured.series.push(found)
      }
      found.figures.push(figure)
      found.plans = plans
    }
  }
  return measured
}

async function query(config: ClientConfig, text: string): Promise<void> {
  const client = new Client(config)
  await client.connect()
  try {
    await client.query(text)
  } finally {
    await client.end()
  }
}

/** Writes the plot and the plans of each axis to where docs/performance.md links to. */
async function write(results: readonly Measured[]): Promise<void> {
  for (const result of results) {
    const { name } = result
    await writeFile(join(projectRoot, `docs/images/growth-${name}.svg`), drawChart(result))
    const plans = plansOf(result)
    if (plans === '') continue
    await writeFile(join(projectRoot, `docs/growth-plans-${name}.md`), plans)
  }
}

await runBench(
  {
    read: readGrowthOptions,
    usage,
    longestMs,
    advice: 'run fewer axes with --only, or fewer --messages',
  },
  main,
)
