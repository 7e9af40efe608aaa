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
            'test/admin/{users,notices}.test.ts',
            'test/story.test.ts',
            'test/statements.test.ts',
            'test/send-messages.test.ts',
            'test/fan-out/fan-out.test.ts',
          ],
          // Of the contract these either ask the wire, or take more time than they add.
          exclude: [
            'common',
            'deletion',
            'documented',
            'documents',
            'lists',
            'presence',
            'reactions',
            'search',
            'socket-connect',
            'socket-frames',
            'socket-ids',
            'unseen-rooms',
          ].map((name) => `test/contract/${name}.test.ts`),
        },
      },
    ],
  },
})
