/**
 * Builds the page from web/app into dist/web.
 *
 *   node scripts/web/build.ts              in any case
 *   node scripts/web/build.ts --if-stale   unless it was built from the present sources
 */
import { createHash } from 'node:crypto'
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BuiltPage, readBuiltPage } from '../../web/site/built-page.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Everything that the page is built from. */
export const sources = [
  'web/app',
  'web/tokens.ts',
  'src/client',
  'src/protocol',
  'scripts/web',
  'tsconfig.json',
  'package-lock.json',
]

/** Tabs that were opened before an update still load the parts of their own version. */
const keepMs = 30 * 24 * 60 * 60 * 1000

export interface BuildOptions {
  /** The folder of the sources. */
  readonly from?: string
  readonly outdir?: string
  /** Is called before a build. */
  readonly onBuild?: () => void
}

/** Prints to standard error, because standard output belongs to the program that runs next. */
export function tell(): void {
  process.stderr.write('building the page (web/app)…\n')
}

/** Builds the page unless it was built from the same sources. */
export async function ensureBuilt(options: BuildOptions = {}): Promise<void> {
  const { from = root, outdir = join(root, 'dist/web') } = options
  const source = await hashSources(from)
  if (await isBuilt(outdir, source)) return
  options.onBuild?.()
  await build(from, source, outdir)
}

async function build(from: string, source: string, outdir: string): Promise<void> {
  await mkdir(dirname(outdir), { recursive: true })
  const draft = await mkdtemp(`${outdir}-`)
  try {
    // A machine that only serves the page has no Vite.
    const vite = await import('vite')
    await vite.build({
      configFile: join(root, 'scripts/web/vite.config.ts'),
      root: join(from, 'web/app'),
      logLevel: 'warn',
      build: { outDir: draft },
    })
    await replacePage(draft, outdir, source, Date.now())
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

/**
 * Replaces the page in `outdir`. A server that reads `outdir` meanwhile finds the old page or the new one, never a mix.
 */
export async function replacePage(
  draft: string,
  outdir: string,
  source: string,
  now: number,
): Promise<void> {
  const files = await listFiles(draft)
  const before = await readBuiltPage(outdir).catch(() => undefined)
  // The old files are replaced now, so their 30 days begin.
  for (const file of before?.files ?? []) await touch(join(outdir, file), now)
  await mkdir(join(outdir, 'assets'), { recursive: true })
  // The page itself comes after the files that it refers to.
  for (const file of files.toSorted((a, b) => Number(isAsset(b)) - Number(isAsset(a)))) {
    await touch(join(draft, file), now)
    await mkdir(dirname(join(outdir, file)), { recursive: true })
    await rename(join(draft, file), join(outdir, file))
  }
  const built: BuiltPage = { source, files }
  await writeFile(join(draft, 'build.json'), JSON.stringify(built))
  await rename(join(draft, 'build.json'), join(outdir, 'build.json'))
  for (const file of await listFiles(outdir)) {
    if (file === 'build.json' || files.includes(file)) continue
    const path = join(outdir, file)
    const { mtimeMs } = await stat(path)
    if (!isAsset(file) || mtimeMs < now - keepMs) await rm(path)
  }
}

const isAsset = (file: string) => file.startsWith('assets/')

async function touch(path: string, now: number): Promise<void> {
  // A missing file is built again, or nobody needs it.
  await utimes(path, now / 1000, now / 1000).catch(() => undefined)
}

async function isBuilt(outdir: string, source: string): Promise<boolean> {
  try {
    const built = await readBuiltPage(outdir)
    if (built.source !== source) return false
    await Promise.all(built.files.map((file) => stat(join(outdir, file))))
    return true
  } catch {
    return false
  }
}

async function hashSources(from: string): Promise<string> {
  const hash = createHash('sha256')
  for (const source of sources) {
    const path = join(from, source)
    const isDirectory = (await stat(path)).isDirectory()
    const files = isDirectory ? (await listFiles(path)).map((name) => join(path, name)) : [path]
    for (const file of files) {
      const content = await readFile(file)
      hash.update(`${file.slice(from.length)}\0${content.length}\0`).update(content)
    }
  }
  return hash.digest('hex')
}

/** Returns the files' paths below the directory, with slashes. */
async function listFiles(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .map((path) => path.replaceAll('\\', '/'))
    .toSorted()
}

if (import.meta.main) {
  if (process.argv.includes('--if-stale')) await ensureBuilt({ onBuild: tell })
  else await build(root, await hashSources(root), join(root, 'dist/web'))
}
