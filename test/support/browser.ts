import { execFile } from 'node:child_process'
import { createReadStream, createWriteStream, existsSync } from 'node:fs'
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { createBrotliDecompress } from 'node:zlib'
import { chromium, type Browser } from 'playwright-core'
import { projectRoot } from '../../src/local/project-root.ts'

const args = ['--no-sandbox', '--no-zygote', '--in-process-gpu', '--font-render-hinting=none']

/** The widths and colour schemes in which tests look at pages. */
export const looks = [
  { name: 'a desktop, light', width: 1280, colorScheme: 'light' },
  { name: 'a desktop, dark', width: 1280, colorScheme: 'dark' },
  { name: 'a phone, light', width: 390, colorScheme: 'light' },
  { name: 'a phone, dark', width: 390, colorScheme: 'dark' },
] as const
export type Look = (typeof looks)[number]

interface LaunchOptions {
  /** Packages of node_modules with fonts that pages need beside the browser's own. The browser has no emoji font. */
  readonly fonts?: readonly string[]
  /** Whether frames wait for a display, 60 times per second (the default), or are painted as soon as possible. */
  readonly waitsForDisplay?: boolean
  /** Where the browser is unpacked, unless it is there. By default a place that it keeps for the next time. */
  readonly directory?: string
}

/**
 * Starts a headless Chromium. On Linux it is the one of @sparticuz/chromium, with the libraries that it needs.
 * Elsewhere it is the installed Chrome. The package's own way to start it would turn off features that a page test
 * needs, such as the same-origin policy.
 */
export async function launchBrowser(options: LaunchOptions = {}): Promise<Browser> {
  if (process.platform !== 'linux') return await chromium.launch({ channel: 'chrome' })
  const { waitsForDisplay = true } = options
  const directory = await unpack(options.directory)
  const fonts = options.fonts?.map((name) => join(projectRoot, 'node_modules', name)) ?? []
  return await chromium.launch({
    executablePath: join(directory, 'chromium'),
    args: waitsForDisplay ? args : [...args, '--disable-gpu-vsync', '--disable-frame-rate-limit'],
    env: {
      ...process.env,
      LD_LIBRARY_PATH: join(directory, 'lib'),
      FONTCONFIG_PATH: directory,
      ...(fonts.length > 0 && { FONTCONFIG_FILE: await writeFontSettings(directory, fonts) }),
    },
  })
}

/** Writes settings of fontconfig that also name these directories. Returns their file. */
async function writeFontSettings(directory: string, fonts: readonly string[]): Promise<string> {
  const file = join(directory, 'more-fonts.conf')
  await writeFile(file, fontSettings(directory, [join(directory, 'fonts'), ...fonts]))
  return file
}

const fontSettings = (directory: string, fonts: readonly string[]) =>
  `<fontconfig>${fonts.map((font) => `<dir>${font}</dir>`).join('')}<cachedir>${directory}/cache</cachedir></fontconfig>`

/** Unpacks the browser once for each version, into a directory that is either complete or absent. */
async function unpack(wanted: string | undefined): Promise<string> {
  const main = createRequire(import.meta.url).resolve('@sparticuz/chromium')
  const root = main.slice(0, main.indexOf('/build/'))
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    version: string
  }
  const directory = wanted ?? join(tmpdir(), `quick-connect-chromium-${version}`)
  if (existsSync(directory)) return directory
  const draft = await mkdtemp(`${directory}-`)
  await Promise.all([
    inflate(join(root, 'bin/chromium.br'), join(draft, 'chromium')),
    ...['al2023', 'fonts', 'swiftshader'].map(async (name) => {
      const archive = join(draft, `${name}.tar`)
      await inflate(join(root, `bin/${name}.tar.br`), archive)
      await promisify(execFile)('tar', ['-xf', archive, '-C', draft])
      await rm(archive)
    }),
  ])
  // The package's own file names directories of Lambda.
  await writeFile(join(draft, 'fonts.conf'), fontSettings(directory, [join(directory, 'fonts')]))
  // Another process may have been faster.
  await rename(draft, directory).catch(() => rm(draft, { recursive: true }))
  return directory
}

async function inflate(from: string, to: string): Promise<void> {
  await pipeline(
    createReadStream(from),
    createBrotliDecompress(),
    createWriteStream(to, { mode: 0o700 }),
  )
}
