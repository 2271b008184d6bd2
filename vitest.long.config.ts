import { defineConfig } from 'vitest/config'

/**
 * What takes minutes: generated modules against the oracle, the corpus of the engines, the benchmarks' kernels, threads and processes
 * that die, modules near the limits. `npm test` has the rest.
 */
export default defineConfig({
  test: {
    include: ['test/{generate,properties,engines,benchmarks}/**/*.test.ts', 'test/**/*.long.test.ts'],
    maxWorkers: '100%',
    globalSetup: ['test/support/build.ts'],
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
})
