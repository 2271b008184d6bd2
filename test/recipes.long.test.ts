/**
 * The recipes of the documentation, with the modules that `npm run test:recipes` has compiled. The stored modules must
 * belong to the current page, and print the output on it. No compiler is needed.
 */
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { digestOf, isUse, missingLine, recipes, recipesOf, ROOT } from '../scripts/recipes/recipes.ts'
import { runCommands } from '../scripts/recipes/shell.ts'

const KEPT = join(ROOT, 'wasm-fixtures/recipes')
const kept = JSON.parse(readFileSync(join(KEPT, 'recipes.json'), 'utf8')) as Record<string, { digest: string }>
const all = recipes()
const folder = mkdtempSync(join(tmpdir(), 'recipes-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('recipes', () => {
  test('there is a recipe for each language, and its module is stored', () => {
    expect(all.map(({ name }) => name).sort()).toEqual([
      'arrays',
      'counts',
      'greet',
      'rot13',
      'sorted',
      'tally',
      'words',
    ])
    expect(Object.keys(kept).sort()).toEqual(all.map(({ name }) => name).sort())
    expect(readdirSync(KEPT).filter(file => file.endsWith('.wasm')).length).toBe(all.length)
  })

  test.each(all.map(recipe => [recipe.name, recipe] as const))(
    '%s: the kept module is that of the page (else: npm run test:recipes -- --write)',
    (name, recipe) => {
      expect(kept[name]!.digest).toBe(digestOf(recipe))
    },
  )

  test.each(all.map(recipe => [recipe.name, recipe] as const))(
    '%s prints the lines of the page',
    (name, recipe) => {
      copyFileSync(join(KEPT, `${name}.wasm`), join(folder, `${name}.wasm`))
      const { stdout, stderr } = runCommands(recipe.commands.filter(isUse), folder)
      expect(missingLine(recipe, stdout), stdout + stderr).toBeUndefined()
    },
    60_000,
  )

  test('recipes with libc are reactors, and none imports WASI', () => {
    for (const { name } of all) {
      const module = new WebAssembly.Module(readFileSync(join(KEPT, `${name}.wasm`)))
      const names = WebAssembly.Module.exports(module).map(entry => entry.name)
      expect([name, names.includes('_initialize')]).toEqual([name, ['words', 'counts'].includes(name)])
      expect(
        WebAssembly.Module.imports(module)
          .map(entry => entry.module)
          .filter(from => from.startsWith('wasi')),
      ).toEqual([])
    }
  })
})

describe('a page of recipes', () => {
  const block = (info: string, text: string): string => `\`\`\`${info}\n${text}\n\`\`\`\n\n`
  const run = block('sh', '# a comment\ncc a.c\nipvm-wasm run a.wasm f')

  test('sources, commands, output', () => {
    expect(
      recipesOf(
        'page',
        block('ts', 'no recipe') +
          block('c a.c', 'int a;') +
          block('c b.h', 'int b;') +
          run +
          block('text', 'result 1'),
      ),
    ).toEqual([
      {
        name: 'a',
        page: 'page',
        commands: ['cc a.c', 'ipvm-wasm run a.wasm f'],
        output: ['result 1'],
        files: [
          { path: 'a.c', text: 'int a;\n' },
          { path: 'b.h', text: 'int b;\n' },
        ],
      },
    ])
  })

  test('an incomplete recipe is an error', () => {
    expect(() => recipesOf('page', block('c a.c', '') + block('text', ''))).toThrow(
      'a.c is not followed by its commands',
    )
    expect(() => recipesOf('page', block('c a.c', '') + run + block('c b.c', ''))).toThrow(
      'a.c is not followed by what it prints',
    )
    expect(() => recipesOf('page', block('c a.c', '') + run)).toThrow('a.c has no commands, or prints nothing')
    expect(() => recipesOf('page', block('c a.c', '') + block('sh', 'cc a.c') + block('text', 'b'))).toThrow(
      'no module is run',
    )
  })

  test('a missing line is detected, and so is one that comes too early', () => {
    const recipe = { ...all[0]!, output: ['a', 'b'] }
    expect(missingLine(recipe, 'x\na\ny\nb\n')).toBeUndefined()
    expect(missingLine(recipe, 'b\na\n')).toBe('b')
    expect(missingLine(recipe, 'b\n')).toBe('a')
  })
})

test('the links of docs/guests.md lead to existing files', () => {
  const text = readFileSync(`${ROOT}docs/guests.md`, 'utf8')
  const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(match => join('docs', match[1]!))
  expect(links.length).toBeGreaterThan(2)
  expect(links.filter(link => !existsSync(ROOT + link))).toEqual([])
})
