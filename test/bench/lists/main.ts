/**
 * Plays the same recording to the page's own list of messages and to a list of the library virtua, and prints what was
 * seen: docs/decisions/message-list.md. The rows are the same components, and there is no server.
 *
 *   npm run bench:lists [-- --rounds 3] [--slowdown 4]
 *
 * A round takes 70 s. The candidates take turns, at full speed and slowed down. The figures are medians.
 */
import { readFile } from 'node:fs/promises'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import type { Browser, Page } from 'playwright-core'
import { build, preview } from 'vite'
import { say } from '../../../src/local/commands/cli.ts'
import { projectRoot } from '../../../src/local/project-root.ts'
import { launchBrowser } from '../../support/browser.ts'
import { makeTempDir } from '../../support/temp-dir.ts'
import { runBench } from '../run-bench.ts'
import { traceTasks } from '../trace.ts'
import { type Seen, watchFrames } from './frames.ts'

const candidates = ['own', 'library'] as const
type Candidate = (typeof candidates)[number]

interface Options {
  readonly rounds: number
  readonly slowdown: number
}

interface Played extends Seen {
  /** Bytes of gzipped JavaScript that the list was shown with. */
  readonly bytes: number
  readonly passed: number
  /** Milliseconds of the thread's processor time, for a frame and at most for a task. */
  readonly frameMs: number
  readonly longestMs: number
}

/** The wheel: its step in pixels, the time between two steps, and how long it turns, in milliseconds. */
const upWithPauses = { step: -120, everyMs: 40, forMs: 5_000, pauseEvery: 10, pauseMs: 400 }
const upFast = { step: -900, everyMs: 8, forMs: 5_000 }
const down = { step: 300, everyMs: 16, forMs: 6_000 }

interface Turn {
  readonly step: number
  readonly everyMs: number
  readonly forMs: number
  readonly pauseEvery?: number
  readonly pauseMs?: number
}

async function turnWheel(page: Page, turn: Turn): Promise<void> {
  const { step, everyMs, forMs, pauseEvery = Infinity, pauseMs = 0 } = turn
  const until = performance.now() + forMs
  for (let n = 1; performance.now() < until; n++) {
    await page.mouse.wheel(0, step)
    await sleep(n % pauseEvery === 0 ? pauseMs : everyMs)
  }
}

const seenIn = async (page: Page) => await page.evaluate<Seen>('frames_.seen')

async function play(
  browser: Browser,
  url: string,
  { candidate, slowdown, files }: { candidate: Candidate; slowdown: number; files: string },
): Promise<Played> {
  await using context = await browser.newContext({ viewport: { width: 680, height: 700 } })
  const page = await context.newPage()
  const scripts = new Set<string>()
  page.on('response', (response) => {
    const { pathname } = new URL(response.url())
    if (pathname.endsWith('.js')) scripts.add(pathname)
  })
  await page.addInitScript(watchFrames)
  await page.goto(`${url}${candidate}.html`)
  await page.locator('article').last().hover()
  let bytes = 0
  for (const path of scripts) bytes += gzipSync(await readFile(join(files, path))).length
  const cdp = await context.newCDPSession(page)
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: slowdown })
  let passed = 0
  const tasks = await traceTasks(browser, async () => {
    await page.evaluate("performance.mark('bench:begin'); frames_.begin()")
    await turnWheel(page, upWithPauses)
    const { first } = await seenIn(page)
    await turnWheel(page, upFast)
    passed = first - (await seenIn(page)).first
    await turnWheel(page, down)
  })
  const seen = await seenIn(page)
  const frameMs = tasks.reduce((sum, ms) => sum + ms, 0) / seen.frames
  return { ...seen, bytes, passed, frameMs, longestMs: Math.max(...tasks) }
}

/** Builds both pages into a folder. */
async function buildPages(outDir: string): Promise<void> {
  const root = join(import.meta.dirname, 'page')
  await build({
    configFile: join(projectRoot, 'scripts/web/vite.config.ts'),
    root,
    publicDir: false,
    // virtua has a directive of React that means nothing here, and Vite warns of it.
    logLevel: 'error',
    // virtua is written for React.
    resolve: {
      alias: {
        'react/jsx-runtime': 'preact/jsx-runtime',
        'react-dom': 'preact/compat',
        react: 'preact/compat',
      },
    },
    build: {
      outDir,
      rolldownOptions: { input: candidates.map((name) => join(root, `${name}.html`)) },
    },
  })
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!
}

type Show = (played: readonly Played[]) => string
const fixed = (of: (played: Played) => number, digits: number): Show => {
  return (played) => median(played.map(of)).toFixed(digits)
}
const total = (played: readonly Played[], of: (played: Played) => number) =>
  played.reduce((sum, each) => sum + of(each), 0)
const outOfFrames = (of: (played: Played) => number): Show => {
  return (played) => `${total(played, of)} of ${total(played, ({ frames }) => frames)}`
}

/** The lines of the table. */
const lines: readonly (readonly [label: string, show: Show])[] = [
  ['rows in the document, at least', fixed(({ rowsLeast }) => rowsLeast, 0)],
  ['rows in the document, at most', fixed(({ rowsMost }) => rowsMost, 0)],
  ['frames in which a row moved against the wheel', outOfFrames(({ against }) => against)],
  [
    'the longest of these movements, in pixels',
    (played) => Math.max(...played.map(({ againstMost }) => againstMost)).toFixed(0),
  ],
  ['frames in which a row moved while the wheel stood still', outOfFrames(({ still }) => still)],
  ['frames with less than 60 % of rows to see', outOfFrames(({ gaps }) => gaps)],
  ['messages passed in 5 s, as fast as it can', fixed(({ passed }) => passed, 0)],
  ["processor time of the page's thread for a frame, in ms", fixed(({ frameMs }) => frameMs, 1)],
  ['the longest task of it, in ms', fixed(({ longestMs }) => longestMs, 1)],
]

async function main({ rounds, slowdown }: Options): Promise<void> {
  await using folder = await makeTempDir()
  const files = join(folder.path, 'pages')
  await buildPages(files)
  const server = await preview({
    configFile: false,
    root: folder.path,
    build: { outDir: 'pages' },
    preview: { host: '127.0.0.1', port: 0 },
    logLevel: 'warn',
  })
  const url = server.resolvedUrls!.local[0]!
  const loads = [loadavg()[0]!]
  const played = new Map<string, Played[]>()
  try {
    for (let round = 0; round < rounds; round++) {
      for (const speed of [1, slowdown]) {
        for (const candidate of candidates) {
          // Without an emoji font the browser searches for one whenever it lays out a message with emojis.
          await using browser = await launchBrowser({
            fonts: ['@expo-google-fonts/noto-color-emoji'],
          })
          const options = { candidate, slowdown: speed, files }
          const key = `${candidate} ${speed}`
          played.set(key, [...(played.get(key) ?? []), await play(browser, url, options)])
        }
      }
      loads.push(loadavg()[0]!)
    }
  } finally {
    await server.close()
  }
  const of = (speed: number, show: Show) =>
    candidates.map((candidate) => show(played.get(`${candidate} ${speed}`)!)).join(' | ')
  say('| | plain windowed rows | virtua (`VList`, by `preact/compat`) |\n|---|---|---|')
  say(
    `| JavaScript of a page with nothing but the list, gzipped, in kB | ${of(
      1,
      fixed(({ bytes }) => bytes / 1_000, 1),
    )} |`,
  )
  for (const speed of [1, slowdown]) {
    const at = speed === 1 ? '' : ` (${speed}× slower)`
    for (const [label, show] of lines) say(`| ${label}${at} | ${of(speed, show)} |`)
  }
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'processor'}`
  say(`\n${machine}, load ${loads.map((each) => each.toFixed(1)).join(', ')}, rounds: ${rounds}`)
}

function read(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: '3' },
      slowdown: { type: 'string', default: '4' },
    },
  })
  const [rounds, slowdown] = [Number(values.rounds), Number(values.slowdown)]
  for (const [name, value] of Object.entries({ rounds, slowdown })) {
    if (Number.isInteger(value) && value >= 1 && value <= 20) continue
    throw new Error(`--${name} takes a whole number from 1 to 20`)
  }
  return { rounds, slowdown }
}

await runBench(
  {
    read,
    usage: 'usage: npm run bench:lists -- [--rounds 3] [--slowdown 4]',
    longestMs: 45 * 60_000,
    advice: 'measure fewer --rounds',
  },
  main,
)
