import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    fileParallelism: true,
    maxWorkers: 2,
    isolate: false,
    reporters: [
      'default',
      './test/support/summary-reporter.ts',
      './test/support/documented-reporter.ts',
    ],
    projects: [
      {
        extends: true,
        test: { name: 'pg', provide: { driver: 'pg' }, include: ['test/**/*.test.ts'] },
      },
      {
        // All that works with the database, again over the RDS Data API.
        extends: true,
        test: {
          name: 'data-api',
          provide: { driver: 'data-api' },
          include: [
            'test/{admin,bad-input,contract,fan-out,faults,properties,races}/**/*.test.ts',
            'test/{limits,notices,replay,search-words,send-messages,statements,story,user-limits}.test.ts',
          ],
        },
      },
    ],
  },
})
