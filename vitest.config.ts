import { join } from 'node:path'
import { configDefaults, defineConfig } from 'vitest/config'
import LongestFirst from './test/support/longest-first.ts'

// Tests start about forty processes of ours. With this cache Node compiles their TypeScript only once.
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, 'node_modules/.cache/node')

/** Settings of each project. The other settings are for the whole run. */
const shared = {
  // Only a test that hangs takes this long, even on a busy machine.
  testTimeout: 60_000,
  hookTimeout: 120_000,
  // As long as a browser waits for an element. On a busy machine what a test polls for may be slow, too.
  expect: { poll: { timeout: 8_000 } },
  isolate: false,
}

export default defineConfig({
  test: {
    ...shared,
    // Runs once for both projects. So the projects do not extend this configuration.
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
        // Runs everything that works with the database again, over the RDS Data API.
        test: {
          ...shared,
          name: 'data-api',
          provide: { driver: 'data-api' },
          include: [
            'test/{admin,bad-input,contract,core,faults,properties,races}/**/*.test.ts',
            'test/client/replay.test.ts',
          ],
          // These tests do not depend on the driver: they need no statement, or only the database itself.
          exclude: [
            ...configDefaults.exclude,
            'test/contract/{cors,documents,locales,socket-ids}.test.ts',
            'test/core/limits/{keyed-gate,local-buckets}.test.ts',
            'test/core/messages/send-queue.test.ts',
            'test/core/sockets/{connect,disconnect}-queue.test.ts',
            'test/faults/{mutants/mutants,soak-options}.test.ts',
          ],
        },
      },
    ],
  },
})
