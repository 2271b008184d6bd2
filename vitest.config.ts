import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // What takes minutes runs by `npm run test:long`.
    exclude: ['test/{generate,properties,engines,benchmarks}/**', 'test/**/*.long.test.ts'],
    maxWorkers: '100%',
    // Threads and the command line run what is built: see test/support/build.ts.
    globalSetup: ['test/support/build.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
})
