import { defineConfig } from 'vitest/config'

/** Generated modules against the oracle, the corpus of the engines, the benchmarks' kernels: minutes, not seconds. */
export default defineConfig({
  test: {
    include: ['test/{generate,properties,engines,benchmarks}/**/*.test.ts', 'test/**/*.long.test.ts'],
    globalSetup: ['test/support/build.ts'],
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
})
