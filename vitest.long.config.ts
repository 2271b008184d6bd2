import { defineConfig } from 'vitest/config'
import { LONG, OPTIONS } from './test/support/suites.ts'

/**
 * `npm run test:long`: generated modules against the oracle, the corpus of the engines, the benchmarks' kernels, threads and
 * processes that die, modules near the limits.
 */
export default defineConfig({ test: { ...OPTIONS, include: LONG } })
