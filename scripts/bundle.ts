import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { build } from 'esbuild'
import { functionEntries } from '../functions/routes.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** CommonJS packages in an ES module still call require for Node's own modules. */
const banner = `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`

/**
 * Bundles every Lambda function, in one run, into `<outdir>/<name>/index.mjs` with a source map
 * beside it, each complete in itself. Gives the files by function.
 */
export async function bundleFunctions(outdir: string): Promise<Record<string, string>> {
  await rm(outdir, { recursive: true, force: true })
  const names = Object.entries(functionEntries)
  await build({
    absWorkingDir: root,
    entryPoints: names.map(([name, module]) => ({ in: module, out: `${name}/index` })),
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    // Not tsconfig.json's verbatimModuleSyntax: an import of types alone brings its module along.
    tsconfigRaw: { compilerOptions: { strict: true } },
    minify: true,
    // Errors in the log carry the names of the classes.
    keepNames: true,
    sourcemap: true,
    sourcesContent: false,
    legalComments: 'none',
    banner: { js: banner },
    logLevel: 'warning',
  })
  return Object.fromEntries(names.map(([name]) => [name, join(outdir, name, 'index.mjs')]))
}

if (import.meta.main) {
  const files = await bundleFunctions(join(root, 'dist', 'functions'))
  printRow('function', 'kB', 'gzipped')
  for (const [name, file] of Object.entries(files)) {
    const code = await readFile(file)
    const zipped = await promisify(gzip)(code)
    printRow(name, kilobytes(code.length), kilobytes(zipped.length))
  }
}

function kilobytes(bytes: number): string {
  return (bytes / 1000).toFixed(1)
}

function printRow(name: string, size: string, zipped: string): void {
  process.stdout.write(`${name.padEnd(16)}${size.padStart(8)}${zipped.padStart(10)}\n`)
}
