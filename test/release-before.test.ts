/**
 * Each migration leaves the release before it working: a deploy migrates while that release serves, and
 * a rollback puts it back over the new schema. So its contract's tests run on the schema of today.
 */
import { describe, expect, test } from 'vitest'
import { type Known, readKnown, releaseBefore, runContractOf } from './support/release-before.ts'
import { makeTempDir } from './support/temp-dir.ts'

const known = await readKnown()
const release = releaseBefore(known)

test(
  release
    ? `${release.version} works on the schema of today`
    : 'there is no release before this one',
  { timeout: 15 * 60_000 },
  async () => {
    await using dir = await makeTempDir()
    expect(await runContractOf(release, dir.path)).toBe(release?.version)
  },
)

describe(releaseBefore, () => {
  const one = { version: '0.1.0', commit: 'a'.repeat(40) }
  const two = { version: '0.2.0', commit: 'b'.repeat(40) }
  const head = 'c'.repeat(40)
  const first: Known = {
    releases: [],
    changelog: '# Changelog\n\n## Unreleased\n',
    version: '0.1.0',
    tags: [],
    head,
  }

  test.each<[string, Partial<Known>]>([
    ['before the first', {}],
    ['at the first', { changelog: '## 0.1.0 - 2026-12-01\n' }],
    ['at the first, when it has its tag', { tags: [{ name: 'v0.1.0', commit: head }] }],
  ])('does not exist %s', (_when, part) => {
    expect(releaseBefore({ ...first, ...part })).toBeUndefined()
  })

  test.each<[string, Partial<Known>]>([
    ['after it', { releases: [one], changelog: '## Unreleased\n## 0.1.0 - 2026-12-01\n' }],
    [
      'at the next',
      { releases: [one], changelog: '## 0.2.0 - 2027-01-01\n## 0.1.0 - 2026-12-01\n' },
    ],
    ['with its tag', { releases: [one], tags: [{ name: 'v0.1.0', commit: one.commit }] }],
  ])('is the newest release: %s', (_when, part) => {
    expect(releaseBefore({ ...first, ...part })).toBe(one)
  })

  test.each<[string, Partial<Known>]>([
    ['the changelog', { changelog: '## Unreleased\n## 0.1.0 - 2026-12-01\n' }],
    ['the version', { version: '0.2.0' }],
    ['a tag', { tags: [{ name: 'v0.1.0', commit: one.commit }] }],
    [
      'a tag of another commit',
      { releases: [one], tags: [{ name: 'v0.1.0', commit: two.commit }] },
    ],
  ])('is not missed when %s knows a release', (_what, part) => {
    expect(() => releaseBefore({ ...first, ...part })).toThrow(
      'the release 0.1.0 is not in migrations/releases.json: add',
    )
  })
})
