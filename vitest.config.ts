import { defineConfig } from 'vitest/config'

/** Tests that change what all of a process shares: its folder, its streams, its file system, its globals. */
const ALONE = ['test/cli/**/*.test.ts', 'test/faults/**/*.test.ts', 'test/engine/asynchronous.test.ts']

/** What takes minutes runs by `npm run test:long`. */
const LONG = ['test/{generate,properties,engines,benchmarks}/**', 'test/**/*.long.test.ts']

export default defineConfig({
  test: {
    maxWorkers: '100%',
    // Threads and the command line run what is built: see test/support/build.ts.
    globalSetup: ['test/support/build.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    projects: [
      { extends: true, test: { name: 'alone', include: ALONE, exclude: LONG } },
      // Each process loads binaryen once for all of its files.
      {
        extends: true,
        test: { name: 'together', include: ['test/**/*.test.ts'], exclude: [...ALONE, ...LONG], isolate: false },
      },
    ],
  },
})
