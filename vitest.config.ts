import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    // One worker less than cores, the default, leaves a core idle: the tests wait for servers and child processes most of the time.
    maxWorkers: Math.max(2, availableParallelism()),
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // What is built runs as it is: one copy of it, and its own stack traces.
    server: { deps: { external: [/\/dist\/[^?]*\.js$/] } },
  },
});
