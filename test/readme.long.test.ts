/**
 * Runs the examples of the README. Every block with the mark `ts run` is executed as a program, with the built package
 * under its own name, and must print the next `text` block. A block with the mark `sh run` is executed by a shell.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { runCommands } from '../scripts/recipes/shell.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const README = readFileSync(`${ROOT}README.md`, 'utf8')

/** The folder is inside the repository, so that `ipvm-wasm` resolves to the package itself, through its `exports`. */
mkdirSync(`${ROOT}.cache`, { recursive: true })
const folder = mkdtempSync(`${ROOT}.cache/readme-`)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const marked = [...README.matchAll(/^```ts run\n/gm)]
const examples = [...README.matchAll(/^```ts run\n([\s\S]*?)^```\n\n```text\n([\s\S]*?)^```/gm)].map(
  ([, code, output]) => ({ code: code!, output: output! }),
)

function run(code: string): string {
  const file = join(folder, 'example.mjs')
  writeFileSync(file, code)
  return execFileSync(process.execPath, [file], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  })
}

describe('README', () => {
  test('has examples, each followed by its output', () => {
    expect(examples.length).toBeGreaterThanOrEqual(3)
    expect(examples.length).toBe(marked.length)
  })

  test.each(examples.map((example, i) => [i + 1, example] as const))('example %i runs', (_, { code, output }) => {
    expect(run(code)).toBe(output)
  })

  test('the first run prints the lines of the page in order', () => {
    const [, commands, output] = /^```sh run\n([\s\S]*?)^```\n\n```text\n([\s\S]*?)^```/m.exec(README)!
    symlinkSync(`${ROOT}wasm-fixtures`, join(folder, 'wasm-fixtures'))
    const npx = { name: 'npx', command: ['env'] }
    const { stdout, stderr } = runCommands(commands!.trim().split('\n'), folder, [npx])
    const shown = output!.trimEnd().split('\n')
    expect(
      stdout.split('\n').filter(line => shown.includes(line)),
      stdout + stderr,
    ).toEqual([...shown, ...shown.slice(0, 2)])
  })

  test('a failing example is detected', () => expect(() => run('process.exit(1)')).toThrow())
})

test.each(['README.md', 'ARCHITECTURE.md', 'RATIONALE.md'])('what %s links to is there', file => {
  const text = readFileSync(ROOT + file, 'utf8')
  const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)].map(match => match[1]!)
  expect(links.length).toBeGreaterThan(0)
  expect(links.filter(link => !exists(link))).toEqual([])
})

/** Files that ARCHITECTURE.md names in code marks with a path. */
test('the files that ARCHITECTURE.md names exist', () => {
  const text = readFileSync(`${ROOT}ARCHITECTURE.md`, 'utf8')
  const named = [...text.matchAll(/`((?:src|test|docs|scripts|wasm-fixtures)\/[\w./-]+\.\w+)`/g)].map(
    match => match[1]!,
  )
  expect(named.length).toBeGreaterThan(20)
  expect(named.filter(path => !exists(path))).toEqual([])
})

function exists(path: string): boolean {
  try {
    readFileSync(ROOT + path)
    return true
  } catch (error) {
    return (error as { code?: string }).code === 'EISDIR'
  }
}
