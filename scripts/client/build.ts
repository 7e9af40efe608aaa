/**
 * Builds the client library into dist/client, as an npm package of its own: two ES modules, their declarations and the
 * README. The package has no dependencies.
 *
 *   npm run build:client
 */
import { execFile } from 'node:child_process'
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { minify } from '@swc/core'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The modules that users of the package can import. */
const entries = ['index', 'browser']

/** Fields of the core's state that nobody outside of the core reads. They get short names, too. */
export const shortened = (
  'ahead allMembers applied askedAt atEnd beatAt calls confirmed early edited effects heardAt held heldFrom ' +
  'isFirst isReady known listed listing notifyAgain position reload since sockets stale turns typedAt unlisted wanted whole window'
).split(' ')

export async function buildClient(outdir: string): Promise<void> {
  await rm(outdir, { recursive: true, force: true })
  await mkdir(outdir, { recursive: true })
  await Promise.all([...entries.map((entry) => bundle(entry, outdir)), declare(outdir)])
  await copyFile(join(root, 'src/client/README.md'), join(outdir, 'README.md'))
  await copyFile(join(root, 'LICENSE'), join(outdir, 'LICENSE'))
  await writeFile(join(outdir, 'package.json'), await renderManifest())
}

/** esbuild leaves out unused code. swc shortens names and expressions. */
async function bundle(entry: string, outdir: string): Promise<void> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [`src/client/${entry}.ts`],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    target: 'es2023',
    tsconfigRaw: {},
    logLevel: 'warning',
    mangleProps: new RegExp(`^(${shortened.join('|')})$`),
  })
  const { code } = await minify(outputFiles[0]!.text, {
    module: true,
    ecma: 2020,
    compress: { passes: 3, toplevel: true, pure_getters: true, collapse_vars: false },
    mangle: { toplevel: true },
  })
  await writeFile(join(outdir, `${entry}.js`), code)
}

async function declare(outdir: string): Promise<void> {
  const tsc = join(root, 'node_modules/.bin/tsc')
  const args = ['--project', join(root, 'scripts/client/tsconfig.json'), '--outDir', outdir]
  await promisify(execFile)(tsc, args)
  for (const name of await readdir(outdir, { recursive: true })) {
    if (!name.endsWith('.d.ts')) continue
    const path = join(outdir, name)
    const text = await readFile(path, 'utf8')
    await writeFile(path, text.replaceAll(/(from '\.[^']*)\.ts'/g, "$1.js'"))
  }
}

async function renderManifest(): Promise<string> {
  const text = await readFile(join(root, 'package.json'), 'utf8')
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it is our own
  const { version, license } = JSON.parse(text) as Record<string, string>
  const manifest = {
    name: 'quick-connect-client',
    version,
    description: 'The client library of Quick Connect: rooms, messages and notifications, live',
    license,
    type: 'module',
    sideEffects: false,
    engines: { node: '>=22' },
    exports: {
      '.': { types: './index.d.ts', default: './index.js' },
      './browser': { types: './browser.d.ts', default: './browser.js' },
    },
  }
  return `${JSON.stringify(manifest, null, 2)}\n`
}

if (import.meta.main) {
  const outdir = join(root, 'dist/client')
  await buildClient(outdir)
  for (const entry of entries) {
    const code = await readFile(join(outdir, `${entry}.js`))
    const size = gzipSync(code, { level: 9 }).length
    process.stdout.write(`${entry}.js: ${code.length} bytes, ${size} gzipped\n`)
  }
}
