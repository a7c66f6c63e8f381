import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Three projects: pure tests, tests on a real PostgreSQL, and tests that drive a browser. */
const shared = {
  resolve: { conditions: ['@assay-ml/source'] },
  ssr: { resolve: { conditions: ['@assay-ml/source'] } },
};

export default defineConfig({
  test: {
    // Tests of servers and browsers wait more than they compute: two cores take three files at a time.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    projects: [
      {
        ...shared,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/integration/**', 'test/e2e/**'],
          environment: 'node',
          testTimeout: 30_000,
          // Modules are loaded once, not once a file: a third of the time.
          isolate: false,
        },
      },
      {
        ...shared,
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          globalSetup: ['test/integration/cluster.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          isolate: false,
        },
      },
      {
        ...shared,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/integration/cluster.ts', 'test/e2e/axe-log.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
