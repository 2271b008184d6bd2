/**
 * Updates golden values:
 *
 *     npm run bless -- --fields meta.profile,meta.gasUsed,program-gas --reason "calls cost less"
 *
 * It runs the tests that have golden values, and prints the old and new values of each field that has changed. If a
 * field changed that is not named, or a row was removed, it writes nothing, and the exit code is 1. The same happens if
 * a row was added without `--allow-new`. A field is a path in a receipt, and includes everything below it. For a file
 * of plain values, the field is the name of the file. The `cid` of a receipt follows from the other fields, and need
 * not be named.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { bless } from './bless.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const USAGE = 'npm run bless -- --fields <path,path,…> --reason "<sentence>" [--allow-new]\n'

const USAGE_ERROR = 64

function main(words: readonly string[]): number {
  const asked = readWords(words)
  if (asked === undefined) {
    process.stderr.write(USAGE)
    return USAGE_ERROR
  }
  const found = mkdtempSync(join(tmpdir(), 'ipvm-golden-'))
  try {
    process.stdout.write('running the tests that have golden values …\n')
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['node_modules/vitest/vitest.mjs', 'run', '--config', 'vitest.coverage.config.ts', ...testsWithGoldens()],
      {
        cwd: ROOT,
        env: { ...process.env, GOLDEN_FOUND: found },
        encoding: 'utf8',
      },
    )
    if (status !== 0) {
      process.stderr.write(
        `${stdout}${stderr}\nRefused, nothing was written: tests fail whatever the golden values are.\n`,
      )
      return 1
    }
    const { ok, lines } = bless({ golden: join(ROOT, 'test/golden'), found, ...asked })
    process.stdout.write(`${lines.join('\n')}\n`)
    return ok ? 0 : 1
  } finally {
    rmSync(found, { recursive: true, force: true })
  }
}

function readWords(words: readonly string[]): { fields: string[]; reason: string; allowNew: boolean } | undefined {
  try {
    const options = {
      fields: { type: 'string' },
      reason: { type: 'string' },
      'allow-new': { type: 'boolean' },
    } as const
    const { fields = '', reason = '', 'allow-new': allowNew = false } = parseArgs({ args: [...words], options }).values
    if (reason.trim() === '' || (fields === '' && !allowNew)) return undefined
    return {
      fields: fields
        .split(',')
        .map(field => field.trim())
        .filter(field => field !== ''),
      reason: reason.trim().replaceAll(/\s+/g, ' '),
      allowNew,
    }
  } catch {
    return undefined
  }
}

/** The test files that use golden values. */
function testsWithGoldens(): string[] {
  return readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
    .filter(
      file =>
        file.endsWith('.test.ts') && readFileSync(join(ROOT, 'test', file), 'utf8').includes('/support/golden.ts'),
    )
    .map(file => `test/${file}`)
}

process.exitCode = main(process.argv.slice(2))
