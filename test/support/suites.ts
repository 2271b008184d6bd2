/** The test files of each suite, and their settings, for the configurations of vitest. */
import type { TestProjectInlineConfiguration, ViteUserConfig } from 'vitest/config'

/** All tests. */
export const ALL = ['test/**/*.test.ts']

/** The tests that take minutes: `npm run test:long`. Those of `instrument/mutants-*` exist for `npm run test:mutants`. */
export const LONG = [
  'test/{benchmarks,engines,examples,faults,fuzz,generate,oracle,properties}/**/*.test.ts',
  'test/instrument/mutants-*.test.ts',
  'test/**/*.long.test.ts',
]

/**
 * Tests that change the state of their process: its working directory, streams, file system, globals, or a shared
 * engine; or measure its memory.
 */
const ALONE = [
  'test/{attacks,cli,faults}/**/*.test.ts',
  'test/page/{call-fields,document,service-worker,shown,verdict}.test.ts',
  'test/engine/asynchronous.test.ts',
  'test/wasm/hostile.long.test.ts',
]

export const OPTIONS: NonNullable<ViteUserConfig['test']> = {
  maxWorkers: '100%',
  // Threads and the command line run the build: see build.ts.
  globalSetup: ['test/support/build.ts'],
  testTimeout: 600_000,
  hookTimeout: 600_000,
}

/** Each test of `ALONE` has a process of its own. The others share processes, each of which loads binaryen once. */
export function projects(exclude: readonly string[] = []): TestProjectInlineConfiguration[] {
  return [
    { extends: true, test: { name: 'alone', include: ALONE, exclude: [...exclude] } },
    { extends: true, test: { name: 'together', include: ALL, exclude: [...ALONE, ...exclude], isolate: false } },
  ]
}
