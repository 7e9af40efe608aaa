import { rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build as esbuild, type Metafile, type Plugin } from 'esbuild'
import { functionEntries, type FunctionName } from '../functions/routes.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** CommonJS packages in an ES module still call `require` for Node's own modules. */
const banner = `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`

/**
 * Lambda passes its credentials in the environment. The SDK's chain of all other sources (files, single sign-on, roles,
 * metadata services) would be a quarter of each bundle.
 */
const environmentCredentials: Plugin = {
  name: 'environment-credentials',
  setup(build) {
    build.onLoad(
      { filter: /@aws-sdk\/credential-provider-node\/dist-es\/index\.js$/ },
      ({ path }) => ({
        contents: `export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env'`,
        resolveDir: dirname(path),
      }),
    )
  },
}

export interface Bundles<Name extends string = FunctionName> {
  /** The files, `<outdir>/<name>/index.mjs`. */
  readonly files: Readonly<Record<Name, string>>
  /** What esbuild says about the contents of each. */
  readonly metafile: Metafile
}

/**
 * Bundles every Lambda function, all in one run, into `<outdir>/<name>/index.mjs` with a source map beside it. Each
 * bundle is complete in itself.
 */
export async function bundleFunctions(outdir: string): Promise<Bundles> {
  return await bundle(functionEntries, outdir)
}

/** Does the same for other entries. esbuild drops nothing of a package that is imported dynamically. */
export async function bundle<Name extends string>(
  entries: Readonly<Record<Name, string>>,
  outdir: string,
): Promise<Bundles<Name>> {
  await rm(outdir, { recursive: true, force: true })
  const names = Object.entries<string>(entries)
  const { metafile } = await esbuild({
    absWorkingDir: root,
    entryPoints: names.map(([name, module]) => ({ in: module, out: `${name}/index` })),
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    plugins: [environmentCredentials],
    // Replaces tsconfig.json, whose verbatimModuleSyntax would make an import of types alone add its module.
    tsconfigRaw: { compilerOptions: { strict: true } },
    minify: true,
    // Errors in the log name their classes.
    keepNames: true,
    sourcemap: true,
    sourcesContent: false,
    legalComments: 'none',
    banner: { js: banner },
    metafile: true,
    logLevel: 'warning',
  })
  const files = names.map(([name]) => [name, join(outdir, name, 'index.mjs')])
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Object.entries forgets the names
  return { files: Object.fromEntries(files) as Record<Name, string>, metafile }
}
