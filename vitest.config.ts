import { join } from 'node:path'
import { configDefaults, defineConfig } from 'vitest/config'
import LongestFirst from './test/support/longest-first.ts'

// Tests start some forty processes of ours, whose TypeScript Node compiles once with this.
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, 'node_modules/.cache/node')

/** Each project has these; what is not among them is for the whole run. */
const shared = {
  // Only a test that hangs takes so long, on a busy machine too.
  testTimeout: 60_000,
  hookTimeout: 120_000,
  // As long as a browser waits for an element: what is polled may be slow on a busy machine, too.
  expect: { poll: { timeout: 8_000 } },
  isolate: false,
}

export default defineConfig({
  test: {
    ...shared,
    // Once for both projects, which is why they do not extend this.
    globalSetup: ['test/support/global-setup.ts'],
    fileParallelism: true,
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    reporters: [
      'default',
      './test/support/summary-reporter.ts',
      './test/support/documented-reporter.ts',
    ],
    projects: [
      {
        test: { ...shared, name: 'pg', provide: { driver: 'pg' }, include: ['test/**/*.test.ts'] },
      },
      {
        // All that works with the database, again over the RDS Data API.
        test: {
          ...shared,
          name: 'data-api',
          provide: { driver: 'data-api' },
          include: [
            'test/{admin,bad-input,contract,core,fan-out,faults,properties,races}/**/*.test.ts',
            'test/client/replay.test.ts',
          ],
          // What answers before a statement, or within the database alone, is the same over both.
          exclude: [
            ...configDefaults.exclude,
            'test/contract/{cors,documents,locales,socket-ids}.test.ts',
            'test/core/limits/{keyed-gate,local-buckets}.test.ts',
            'test/core/messages/send-queue.test.ts',
            'test/faults/{mutants/mutants,soak-options}.test.ts',
          ],
        },
      },
    ],
  },
})
