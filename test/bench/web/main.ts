/**
 * Measures the page in a Chromium whose processor is slowed down four times. It starts a server with a database of its
 * own, fills it, prints one figure per line, and stops everything. docs/performance.md explains the figures.
 *
 *   npm run bench:web [-- scroll heap] [--rounds 3] [--messages 100000] [--slowdown 4] [--json] [--check]
 *
 * With names, it measures these alone. With --check the exit status is 1 when a figure is beyond its bound.
 */
import { readFile } from 'node:fs/promises'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { ensureBuilt, tell } from '../../../scripts/web/build.ts'
import { say } from '../../../src/local/commands/cli.ts'
import { createPgDatabase } from '../../../src/local/postgres/database.ts'
import { startEmbeddedPostgres } from '../../../src/local/postgres/postgres.ts'
import { catchStopSignals, whenAborted } from '../../../src/local/commands/stop-signal.ts'
import { start, systems } from '../load/systems.ts'
import { keepLow, raise } from './priority.ts'
import { runBench } from '../run-bench.ts'
import { launchBrowser } from '../../support/browser.ts'
import { makeTempDir } from '../../support/temp-dir.ts'
import type { Figure } from './figures.ts'
import { measureHeap } from './measures/heap.ts'
import { measureKeys } from './measures/keys.ts'
import { measureScroll } from './measures/scroll.ts'
import { measureStart } from './measures/start.ts'
import { measureSwitches } from './measures/switches.ts'
import { type BenchOptions, type MeasureName, readBenchOptions, usage } from './options.ts'
import type { Measure } from './pages.ts'
import { fillWorld } from './world.ts'

/**
 * Measures from an action to the frame that shows it. A browser that waits for a display spends up to 16 ms of this on
 * waiting for the next frame, whatever the page does. So the browser of these measures paints at once.
 */
const actNames: readonly MeasureName[] = ['keys', 'switches']

/** The program always ends by itself. */
const longestMs = 60 * 60_000

interface Measured extends Figure {
  readonly measure: MeasureName
}

const isBroken = ({ value, most }: Figure) => most !== undefined && value > most

const measures: Readonly<Record<MeasureName, Measure>> = {
  start: measureStart,
  keys: measureKeys,
  switches: measureSwitches,
  scroll: measureScroll,
  heap: measureHeap,
}

function line({ measure, name, value, unit, most }: Measured): string {
  const shown = `${value.toFixed(unit === '' ? 0 : 1)} ${unit}`.trim()
  const bound = most === undefined ? '' : `at most ${most} ${unit}`.trim()
  const verdict = most === undefined ? '' : isBroken({ name, value, unit, most }) ? 'BROKEN' : 'ok'
  return `${measure.padEnd(9)} ${name.padEnd(48)} ${shown.padStart(10)}  ${bound.padEnd(15)} ${verdict}`.trimEnd()
}

const load = () => loadavg()[0]!.toFixed(1)

async function main(options: BenchOptions): Promise<void> {
  const stop = catchStopSignals()
  await ensureBuilt({ onBuild: tell })
  await using data = await makeTempDir()
  // A system may drop parts of a program's file from memory while they rest, and read them from the disk again later.
  await using programs = await makeTempDir()
  await using postgres = await startEmbeddedPostgres({ dataDir: data.path, log: () => undefined })
  await using db = createPgDatabase(postgres.connection)
  await using server = await start(systems['quick-connect'], postgres.connection, {
    detached: true,
  })
  const pidFile = await readFile(join(data.path, 'postgres', 'postmaster.pid'), 'utf8')
  // The computer of a reader runs the browser alone.
  using _ = keepLow(server.pid, Number(pidFile.split('\n')[0]))
  // Without an emoji font the browser searches for one whenever it lays out a message with emojis.
  const fonts = ['@expo-google-fonts/noto-color-emoji']
  const figures: Measured[] = []
  const loads = [load()]
  const measureAll = async () => {
    const world = await fillWorld(server.url, db, options.messages)
    for (const name of options.measures) {
      const waitsForDisplay = !actNames.includes(name)
      await using browser = await launchBrowser({
        fonts,
        waitsForDisplay,
        directory: join(programs.path, 'browser'),
      })
      await raise(browser)
      const found = await measures[name]({ browser, url: server.url, world, options })
      const measured = found.map((figure) => ({ measure: name, ...figure }))
      figures.push(...measured)
      loads.push(load())
      if (!options.json) for (const each of measured) say(line(each))
    }
  }
  await Promise.race([
    measureAll(),
    whenAborted(stop).then(() => {
      throw new Error('stopped')
    }),
  ])
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'processor'}, load ${loads.join(', ')}`
  if (options.json) {
    say(JSON.stringify({ machine, slowdown: options.slowdown, figures }, null, 2))
  } else say(`${machine}, made ${options.slowdown} times slower`)
  if (options.check && figures.some(isBroken)) process.exitCode = 1
}

await runBench(
  { read: readBenchOptions, usage, longestMs, advice: 'measure less at once, or fewer --messages' },
  main,
)
