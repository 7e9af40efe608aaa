import { execFile } from 'node:child_process'
import { cp, readFile, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as z from 'zod'
import { projectRoot } from '../../src/local/project-root.ts'

const run = promisify(execFile)

const releases = z.array(
  z.object({
    version: z.string().regex(/^\d+\.\d+\.\d+$/),
    commit: z.string().regex(/^[0-9a-f]{40}$/),
  }),
)
export type Release = z.infer<typeof releases>[number]

const firstVersion = '0.1.0'

/**
 * Plays the part of the release before until there is one. A change that this commit cannot work with, and that no
 * deployed stage can meet, takes a later commit.
 */
export const beforeTheFirst: Release = {
  version: '0.0.0',
  commit: '5409d36198231a6d964a367320a04b5360f3a00c',
}

export interface Known {
  /** The entries of migrations/releases.json, oldest first. */
  readonly releases: readonly Release[]
  readonly changelog: string
  /** The version in package.json. */
  readonly version: string
  /** Tags such as `v1.2.3`, with their commits. A clone may have none. */
  readonly tags: readonly { readonly name: string; readonly commit: string }[]
  readonly head: string
}

/**
 * Returns the newest release before this commit, or undefined when there is none. It comes from a file, since a clone
 * may have no tags. Throws when the changelog, the version or the tags name a release that the file does not have.
 */
export function releaseBefore({
  releases,
  changelog,
  version,
  tags,
  head,
}: Known): Release | undefined {
  const sections = Array.from(changelog.matchAll(/^## (\S+)/gm), ([, name = '']) => name)
  // A first section with a name other than "Unreleased" belongs to the release that this commit becomes.
  for (const name of sections.slice(1)) {
    if (!releases.some((release) => release.version === name)) throw missing(name)
  }
  for (const { name, commit } of tags) {
    if (commit === head) continue
    const release = releases.find((each) => `v${each.version}` === name)
    if (release?.commit !== commit) throw missing(name.slice(1), commit)
  }
  if (releases.length === 0 && version !== firstVersion) throw missing(firstVersion)
  return releases.at(-1)
}

function missing(version: string, commit = 'its commit') {
  return new Error(
    `the release ${version} is not in migrations/releases.json: add {"version": "${version}", "commit": "${commit}"}`,
  )
}

/** Reads what the project and its clone know about releases. */
export async function readKnown(): Promise<Known> {
  const format = '%(refname:strip=2) %(objectname) %(*objectname)'
  // A copy without history has no tags.
  const tags = await git('tag', '--list', 'v*', `--format=${format}`).catch(() => [])
  const [head] = await git('rev-parse', 'HEAD').catch(() => [])
  return {
    releases: releases.parse(JSON.parse(await read('migrations/releases.json'))),
    changelog: await read('CHANGELOG.md'),
    version: z.object({ version: z.string() }).parse(JSON.parse(await read('package.json')))
      .version,
    tags: tags.map((line) => {
      // An annotated tag is an object of its own.
      const [name = '', object = '', commit = object] = line.split(' ')
      return { name, commit: commit || object }
    }),
    head: head ?? '',
  }
}

function read(path: string): Promise<string> {
  return readFile(join(projectRoot, path), 'utf8')
}

/** Returns the lines of git's answer. */
async function git(...args: string[]): Promise<string[]> {
  const { stdout } = await run('git', args, { cwd: projectRoot })
  return stdout.split('\n').filter((line) => line !== '')
}

/**
 * Upgrades a database as a deploy does, and runs the contract's tests of the release over it: the release's migrations
 * make the database, then those of today change it, and the release's code works with the result. Packages are those of
 * today. Gives how many tests passed. Throws when one fails, when none ran, and when the commit cannot be had.
 */
export async function runContractOf(release: Release, directory: string): Promise<number> {
  const { version, commit } = release
  await fetchCommit(release)
  await run('sh', ['-c', 'git archive "$0" | tar -x -C "$1"', commit, directory], {
    cwd: projectRoot,
  })
  await upgradeAfterMigrating(directory)
  await symlink(join(projectRoot, 'node_modules'), join(directory, 'node_modules'))
  const summary = join(directory, 'summary.json')
  const { PATH = '', HOME = '' } = process.env
  await run(
    join(projectRoot, 'node_modules/.bin/vitest'),
    [
      'run',
      '--project=pg',
      '--reporter=dot',
      '--reporter=json',
      `--outputFile=${summary}`,
      // The run that this is a part of has another worker.
      '--maxWorkers=1',
      // They use no schema, or make one.
      ...['cors', 'documents', 'locales'].map((name) => `--exclude=test/contract/${name}.test.ts`),
      'test/contract/',
    ],
    { cwd: directory, env: { PATH, HOME }, maxBuffer: 64 * 1024 * 1024 },
  ).catch((error: { stdout?: string; stderr?: string }) => {
    // Not as the cause: it has the whole output twice.
    throw new Error(
      `the release ${version} does not work on the schema of today:\n${error.stdout}\n${error.stderr}`,
    )
  })
  const { numPassedTests } = z
    .object({ numPassedTests: z.number() })
    .parse(JSON.parse(await readFile(summary, 'utf8')))
  return numPassedTests
}

/**
 * Makes the release's own code upgrade each database that it migrates, by the runner of today. Migrations import nothing
 * of the rest of a release, so that both stand side by side.
 */
async function upgradeAfterMigrating(directory: string): Promise<void> {
  const migrations = join(directory, 'migrations')
  await cp(join(projectRoot, 'migrations'), join(migrations, 'of-today'), { recursive: true })
  await rename(join(migrations, 'index.ts'), join(migrations, 'of-the-release.ts'))
  await writeFile(
    join(migrations, 'index.ts'),
    `import { migrateToLatest as upgrade } from './of-today/index.ts'
import { migrateToLatest as migrate } from './of-the-release.ts'
export * from './of-the-release.ts'

export async function migrateToLatest(db, options) {
  const applied = await migrate(db, options)
  return [...applied, ...(await upgrade(db))]
}
`,
  )
  // A deploy gives the handlers' role its rights once more, after the migrations.
  await writeFile(join(migrations, 'app-role.ts'), "export * from './of-today/app-role.ts'\n")
}

/** Fetches the commit of a release, if a shallow clone lacks it. Throws when it cannot be had. */
export async function fetchCommit({ version, commit }: Release): Promise<void> {
  const has = () => git('cat-file', '-e', `${commit}^{commit}`)
  await has()
    .catch(() => git('fetch', '--quiet', '--depth=1', 'origin', commit))
    .then(has)
    .catch((cause: unknown) => {
      throw new Error(
        `the commit of the release ${version} is not in this clone: git fetch origin ${commit}`,
        { cause },
      )
    })
}
