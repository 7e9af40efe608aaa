/**
 * Each migration leaves the release before it working: a deploy migrates while that release serves, and
 * a rollback puts it back over the new schema. So a database of that release is upgraded, and the release's
 * contract runs over it, with its own code.
 */
import { describe, expect, test } from 'vitest'
import {
  beforeTheFirst,
  fetchCommit,
  type Known,
  readKnown,
  releaseBefore,
  runContractOf,
} from './release-before.ts'
import { makeTempDir } from '../support/temp-dir.ts'

const release = releaseBefore(await readKnown())
/** The stand-in is not worth a failure where there is no history, such as in an archive. A release is. */
const isMissing =
  !release &&
  (await fetchCommit(beforeTheFirst).then(
    () => false,
    () => true,
  ))
if (isMissing) {
  process.stderr.write(
    `skipped the upgrade: the commit ${beforeTheFirst.commit} is not in this clone\n`,
  )
}

test.skipIf(isMissing)(
  `${(release ?? beforeTheFirst).version} works on a database that it made and today's migrations upgraded`,
  { timeout: 30 * 60_000 },
  async () => {
    await using dir = await makeTempDir()
    expect(await runContractOf(release ?? beforeTheFirst, dir.path)).toBeGreaterThan(400)
  },
)

test('a release whose commit cannot be had is not passed over', async () => {
  await using dir = await makeTempDir()
  const lost = { version: '0.0.1', commit: '0'.repeat(40) }
  await expect(runContractOf(lost, dir.path)).rejects.toThrow(
    'the commit of the release 0.0.1 is not in this clone: git fetch origin 000000',
  )
})

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
