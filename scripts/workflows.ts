/**
 * `npm run lint:workflows`: checks `.github/workflows` with actionlint, and checks that each npm script that they run
 * exists. Actionlint is built with go. Without go it is skipped, and the reason is printed. The exit code is 1 if
 * something is wrong.
 */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { goProgram, Unavailable } from './install.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const FOLDER = join(ROOT, '.github/workflows')
const ACTIONLINT = 'github.com/rhysd/actionlint/cmd/actionlint@v1.7.12'

/** The npm scripts that a workflow runs, by `npm run`, `npm test`, `npm start` or a matrix of commands. */
function scriptsIn(text: string): string[] {
  const run = [...text.matchAll(/npm (?:run (?:--silent )?)?([a-z][\w:-]*)/g), ...text.matchAll(/^ +- (test:[\w-]+)/gm)]
  return run.map(([, name]) => name!).filter(name => name !== 'ci')
}

function main(): number {
  const files = readdirSync(FOLDER).map(name => join(FOLDER, name))
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object }
  const missing = files.flatMap(file =>
    scriptsIn(readFileSync(file, 'utf8')).filter(name => name !== 'run' && !Object.hasOwn(scripts, name)),
  )
  for (const name of missing) console.error(`a workflow runs ${name}, and package.json has no such script`)
  const { status } = spawnSync(goProgram(join(ROOT, '.cache'), 'actionlint', ACTIONLINT), files, { stdio: 'inherit' })
  console.log(`${files.length} workflows, ${missing.length} missing scripts, actionlint ended with ${status}`)
  return status === 0 && missing.length === 0 ? 0 : 1
}

try {
  process.exitCode = main()
} catch (error) {
  if (!(error instanceof Unavailable)) throw error
  console.log(`skipped, because ${error.message}`)
}
