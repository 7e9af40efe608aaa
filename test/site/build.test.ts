import { readFileSync } from 'node:fs'
import { appendFile, cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { ensureBuilt, replacePage, sources } from '../../scripts/web/build.ts'
import { projectRoot } from '../../src/local/project-root.ts'
import { listBuiltFiles } from '../../web/site/built-page.ts'
import { makeTempDir } from '../support/temp-dir.ts'

const day = 24 * 60 * 60 * 1000

describe(ensureBuilt, () => {
  test('builds the page again when a source has changed, and only then', async () => {
    await using dir = await makeTempDir()
    const from = join(dir.path, 'from')
    const outdir = join(dir.path, 'dist/web')
    for (const source of sources) {
      await cp(join(projectRoot, source), join(from, source), { recursive: true })
    }
    await symlink(join(projectRoot, 'node_modules'), join(from, 'node_modules'))
    const isBuiltNow = async () => {
      let builds = 0
      await ensureBuilt({ from, outdir, onBuild: () => (builds += 1) })
      return builds === 1
    }

    expect(await isBuiltNow()).toBe(true)
    const page = await readFile(join(outdir, 'index.html'), 'utf8')
    expect(page).toMatch(/<script type="module" crossorigin src="\/assets\/[\w-]+\.js">/)
    expect(await isBuiltNow()).toBe(false)
    for (const changed of ['web/app/main.tsx', 'src/client/http.ts', 'package-lock.json']) {
      await appendFile(join(from, changed), '\n')
      expect([changed, await isBuiltNow()]).toEqual([changed, true])
      expect([changed, await isBuiltNow()]).toEqual([changed, false])
    }
    const [asset] = listBuiltFiles(outdir).filter((file) => file.startsWith('assets/'))
    await rm(join(outdir, asset!))
    expect(await isBuiltNow()).toBe(true)
    expect(await readFile(join(outdir, asset!), 'utf8')).not.toBe('')
  })
})

describe(replacePage, () => {
  test('keeps the parts of a page for 30 days after its replacement', async () => {
    await using dir = await makeTempDir()
    const outdir = join(dir.path, 'web')
    const deploy = async (name: string, now: number) => {
      const draft = join(dir.path, name)
      await mkdir(join(draft, 'assets'), { recursive: true })
      await writeFile(join(draft, 'index.html'), name)
      await writeFile(join(draft, `${name}.svg`), name)
      await writeFile(join(draft, `assets/${name}.js`), name)
      await replacePage(draft, outdir, name, now)
      expect(await readFile(join(outdir, 'index.html'), 'utf8')).toBe(name)
    }
    const isThere = async (file: string) =>
      await readFile(join(outdir, file)).then(
        () => true,
        () => false,
      )
    const start = Date.now()
    await deploy('first', start)
    // For more than 30 days it was the present version, which does not count.
    await deploy('second', start + 40 * day)
    expect(await isThere('assets/first.js')).toBe(true)
    // Files outside of assets keep their names, and are replaced at once.
    expect(await isThere('first.svg')).toBe(false)
    await deploy('third', start + 69 * day)
    expect(await isThere('assets/first.js')).toBe(true)
    await deploy('fourth', start + 71 * day)
    expect(await isThere('assets/first.js')).toBe(false)
    expect(await isThere('assets/second.js')).toBe(true)
    expect(listBuiltFiles(outdir)).toEqual(['assets/fourth.js', 'fourth.svg', 'index.html'])
  })
})

test('says how to build a missing page', async () => {
  await using dir = await makeTempDir()
  expect(() => listBuiltFiles(dir.path)).toThrow('npm run build:web')
})

test('the image has all sources of the page', async () => {
  const ignored = await readFile(join(projectRoot, '.dockerignore'), 'utf8')
  const passing = [...ignored.matchAll(/^!(.+)$/gm)].map(([, path]) => path!)
  const missing = sources.filter(
    (source) => !passing.some((path) => source === path || source.startsWith(`${path}/`)),
  )
  expect(missing).toEqual([])
})

test('the first load is at most 100 KB of gzipped JavaScript', async () => {
  const page = await readFile(join(projectRoot, 'dist/web/index.html'), 'utf8')
  // Vite lists everything that is needed before the first line runs.
  const scripts = [...page.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map(([, at]) => at!)
  expect(scripts).not.toEqual([])
  const sizes = scripts.map((at) =>
    gzipSync(readFileSync(join(projectRoot, 'dist/web', at)), { level: 9 }),
  )
  expect(sizes.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(100_000)
})
