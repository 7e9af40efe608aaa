import { writeFileSync } from 'node:fs'
import type { Reporter, TestModule } from 'vitest/node'

/** The variable with the name of the file that scripts/test.sh reads. */
export const summaryFileVariable = 'TEST_SUMMARY_FILE'

export interface TestSummary {
  passed: number
  /** Failed tests, and errors outside of tests, such as a file that cannot be imported. */
  failed: number
  skipped: number
}

/** Writes the counts of the run as JSON, because vitest's own output is meant for people. */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const path = process.env[summaryFileVariable]
    if (path === undefined) return
    const summary: TestSummary = { passed: 0, failed: unhandledErrors.length, skipped: 0 }
    for (const module of modules) {
      summary.failed += module.errors().length
      for (const suite of module.children.allSuites()) summary.failed += suite.errors().length
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        // A test that is pending at the end means that the run was stopped.
        summary[state === 'pending' ? 'failed' : state] += 1
      }
    }
    writeFileSync(path, JSON.stringify(summary))
  }
}
