/** Bundles the functions into dist/functions. Prints what the bundles contain, and checks it. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { bundleFunctions } from './bundle.ts'
import { bundleContents, checkBundles, readContents } from './bundle-contents.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const bundles = await bundleFunctions(join(root, 'dist', 'functions'))
printRow('function', 'kB', 'gzipped', 'limit', 'most of it')
for (const [name, { maxKilobytes }] of Object.entries(bundleContents)) {
  const { kilobytes, packages } = readContents(bundles, name)
  const zipped = await promisify(gzip)(
    await readFile(join(root, 'dist', 'functions', name, 'index.mjs')),
  )
  const largest = [...packages]
    .toSorted(([, one], [, other]) => other - one)
    .slice(0, 4)
    .map(([each, bytes]) => `${each} ${(bytes / 1_000).toFixed(0)}`)
  printRow(
    name,
    kilobytes.toFixed(1),
    (zipped.length / 1_000).toFixed(1),
    String(maxKilobytes),
    largest.join(', '),
  )
}
const faults = checkBundles(bundles, bundleContents)
for (const fault of faults) process.stderr.write(`${fault}\n`)
if (faults.length > 0) process.exitCode = 1

function printRow(name: string, size: string, zipped: string, limit: string, most: string): void {
  process.stdout.write(
    `${name.padEnd(16)}${size.padStart(8)}${zipped.padStart(10)}${limit.padStart(8)}  ${most}\n`,
  )
}
