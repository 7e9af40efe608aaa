import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Reporter, TestModule, TestRunEndReason, TestSpecification, Vitest } from 'vitest/node'
import { documented } from './documented.ts'

/** Makes a run of all tests fail when something documented was never seen. */
export default class DocumentedReporter implements Reporter {
  #vitest: Vitest | undefined
  #isWhole = false

  onInit(vitest: Vitest): void {
    this.#vitest = vitest
  }

  async onTestRunStart(specifications: readonly TestSpecification[]): Promise<void> {
    const vitest = this.#vitest!
    const all = await vitest.globTestSpecifications()
    this.#isWhole =
      specifications.length === all.length && vitest.config.testNamePattern === undefined
  }

  onTestRunEnd(
    _modules: readonly TestModule[],
    errors: readonly unknown[],
    reason: TestRunEndReason,
  ): void {
    if (!this.#isWhole || reason !== 'passed' || errors.length > 0) return
    const vitest = this.#vitest!
    const seen = readSeen(vitest.getRootProject().getProvidedContext().seen)
    const unseen = documented.filter((name) => !seen.has(name))
    if (unseen.length === 0) return
    vitest.logger.error(`Documented, but seen in no test:\n  ${unseen.join('\n  ')}\n`)
    process.exitCode = 1
  }
}

/** Each worker of the run has a file of its own. */
function readSeen(directory: string): Set<string> {
  const files = readdirSync(directory).map((file) => readFileSync(join(directory, file), 'utf8'))
  return new Set(files.flatMap((text) => text.split('\n')))
}
