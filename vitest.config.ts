import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    fileParallelism: true,
    maxWorkers: 2,
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
        // What a client may rely on, again over the RDS Data API.
        extends: true,
        test: {
          name: 'data-api',
          provide: { driver: 'data-api' },
          include: [
            'test/contract/**/*.test.ts',
            'test/story.test.ts',
            'test/statements.test.ts',
            'test/send-*.test.ts',
          ],
          // They ask the wire, or much of the same: once is enough for the time they take.
          exclude: [
            'common',
            'documented',
            'documents',
            'lists',
            'socket-frames',
            'unseen-rooms',
          ].map((name) => `test/contract/${name}.test.ts`),
        },
      },
    ],
  },
})
