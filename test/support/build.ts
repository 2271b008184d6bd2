import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Builds the project once before all tests, since worker threads and the command line cannot run TypeScript. */
export default function build(): void {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const run = (...args: readonly string[]): unknown =>
    execFileSync(process.execPath, args, { cwd: root, stdio: 'inherit' })
  run('node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json')
  run('scripts/binaryen.mjs')
  run('scripts/built.mjs')
  run('scripts/executable.mjs')
}
