import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** The files that take longest. None of them may begin when the other worker is about to run out of files. */
const longest = [
  'test/migrations/release-before.test.ts',
  'test/sizes/sizes.test.ts',
  'test/faults/model.test.ts',
  'test/crash/crash.test.ts',
  'test/browser/axe.test.ts',
  'test/races/schedules.test.ts',
  'test/properties/unread.test.ts',
  'test/properties/unseen-rooms.test.ts',
  'test/client/replay.test.ts',
  'test/stacks/cdk-synth.test.ts',
  'test/migrations/job.test.ts',
  'test/checks/mutations.test.ts',
  'test/checks/stages.test.ts',
  'test/costs/costs.test.ts',
]

/** Begins each project with its longest files. Vitest itself goes by the size of files where it knows no durations. */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { root } = this.ctx.config
    const ranks = new Map(longest.map((file, rank) => [join(root, file), rank]))
    for (const path of ranks.keys()) {
      if (!existsSync(path))
        throw new Error(`${path} is not there: correct test/support/longest-first.ts`)
    }
    const rank = ({ moduleId }: TestSpecification) => ranks.get(moduleId) ?? longest.length
    // oxlint-disable-next-line unicorn/no-array-sort -- it is vitest's own method, which changes no array
    const sorted = await super.sort(files)
    const projects = Map.groupBy(sorted, ({ project }) => project.name)
    return [...projects.values()].flatMap((own) => own.toSorted((a, b) => rank(a) - rank(b)))
  }
}
