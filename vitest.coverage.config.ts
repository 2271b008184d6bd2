import { defineConfig } from 'vitest/config'
import { OPTIONS, projects } from './test/support/suites.ts'

/**
 * `npm run coverage`: all tests, the long ones too, and how much of `src` they run. It does not see what runs in worker threads and
 * child processes, since these run the built files; so their entries count as not covered. The queue on Redis is left out:
 * `npm run test:farm` runs it.
 */
export default defineConfig({
  test: {
    ...OPTIONS,
    projects: projects(),
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      exclude: ['examples/**', 'src/farm/bull-*.ts'],
      reporter: ['text-summary', 'json-summary'],
      reportOnFailure: true,
      thresholds: { lines: 97, branches: 93, statements: 96, functions: 95 },
    },
  },
})
