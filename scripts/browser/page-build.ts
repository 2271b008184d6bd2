/** Builds the page of examples/verify-page, and the same with one more entry, which runs the corpus. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PAGE = join(ROOT, 'examples/verify-page')

/** Builds the page as its README says, and returns the folder with it. */
export function buildPage(): string {
  run('npm', ['run', '--silent', 'page'])
  return join(PAGE, 'dist')
}

function run(command: string, args: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: ROOT, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${stdout}${stderr}`)
}
