/** A copy of the tree in which mutants are tried. */
import { spawn } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { placesOf, ROOT } from './fit.ts'
import type { Mutant } from './mutant.ts'

const COPIED = ['src', 'test', 'wasm-fixtures', 'scripts', 'docs', 'package.json', 'tsconfig.json']
/** The time for a run. With a mutant, a run may never end. */
const TIMEOUT_MS = 120_000
/**
 * The configuration of vitest. Unlike that of the project, it does not build the files for threads, which these tests
 * do not use. All test files run in one worker, so that binaryen is loaded once, save those that replace the file system.
 */
const CONFIG = `const faults = ['test/faults/**/*.test.ts']
export default { test: {
  testTimeout: 60_000, hookTimeout: 60_000, maxWorkers: 1, fileParallelism: false,
  projects: [
    { extends: true, test: { name: 'alone', include: faults } },
    { extends: true, test: { name: 'together', include: ['test/**/*.test.ts'], exclude: faults, isolate: false } },
  ],
} }\n`

export interface Verdict {
  readonly caught: boolean
  /** The test that failed, or another description of how the run ended. */
  readonly by: string | undefined
  readonly seconds: number
}

/** The report of vitest; undefined if it wrote none. */
type Report = { readonly testResults: readonly TestFile[] } | undefined

interface TestFile {
  readonly name: string
  readonly status: string
  readonly message: string
  readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[]
}

export class Sandbox {
  readonly #folder = mkdtempSync(join(tmpdir(), 'mutants-'))

  constructor() {
    for (const name of COPIED) cpSync(join(ROOT, name), join(this.#folder, name), { recursive: true })
    symlinkSync(join(ROOT, 'node_modules'), join(this.#folder, 'node_modules'))
    writeFileSync(join(this.#folder, 'vitest.config.ts'), CONFIG)
  }

  dispose(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /** Throws if a test fails without any mutant. */
  async expectHealthy(tests: readonly string[]): Promise<void> {
    const { caught, by } = await this.#run(tests, 0)
    if (caught) throw new Error(`without a mutant, too, there fails: ${by}`)
  }

  async try({ file, find, replace, tests }: Mutant): Promise<Verdict> {
    const original = this.#read(file)
    const [[begin, end]] = placesOf(find, original) as [readonly [number, number]]
    writeFileSync(join(this.#folder, file), original.slice(0, begin) + replace + original.slice(end))
    try {
      return await this.#run(tests, 1)
    } finally {
      writeFileSync(join(this.#folder, file), original)
    }
  }

  #read(file: string): string {
    return readFileSync(join(this.#folder, file), 'utf8')
  }

  async #run(tests: readonly string[], bail: number): Promise<Verdict> {
    const output = join(this.#folder, 'report.json')
    rmSync(output, { force: true })
    const start = performance.now()
    const options = ['--reporter=json', `--outputFile=${output}`, `--bail=${bail}`]
    const ended = await within(
      this.#folder,
      ['node_modules/vitest/vitest.mjs', 'run', ...tests, ...options],
      bail === 0 ? 5 * TIMEOUT_MS : TIMEOUT_MS,
    )
    const report = existsSync(output) ? (JSON.parse(readFileSync(output, 'utf8')) as Report) : undefined
    const by = ended ? failure(report) : 'it does not end'
    return { caught: by !== undefined, by, seconds: (performance.now() - start) / 1000 }
  }
}

/** The first test that failed. A file that could not be loaded does not count, since no test of it ran. */
function failure(report: Report): string | undefined {
  if (report === undefined) throw new Error('vitest gave no report')
  for (const { name, status, message, assertionResults } of report.testResults) {
    const file = name.slice(name.indexOf('/test/') + 1)
    const failed = assertionResults.find(result => result.status === 'failed')
    if (failed !== undefined) return `${file}: ${failed.fullName}`
    if (status === 'failed' && assertionResults.length === 0) throw new Error(`${file} does not run: ${message}`)
  }
  return undefined
}

/** Runs node. Returns true if it ended in time. If not, the process and its children are killed. */
function within(cwd: string, args: readonly string[], ms: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd, detached: true, stdio: 'ignore' })
    let ended = true
    const timer = setTimeout(() => {
      ended = false
      process.kill(-child.pid!, 'SIGKILL')
    }, ms)
    child.on('error', reject)
    child.on('exit', () => {
      clearTimeout(timer)
      resolve(ended)
    })
  })
}
