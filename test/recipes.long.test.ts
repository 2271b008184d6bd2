/**
 * The recipes of the documentation, with the modules that `npm run test:recipes` has compiled. The stored modules must
 * belong to the current page, and print the output on it. No compiler is needed. Large modules are not stored; the
 * digest tells that they were compiled from the current page.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import {
  digestOf,
  isPrebuilt,
  isUse,
  missingLine,
  prebuiltModule,
  recipes,
  recipesOf,
  ROOT,
  type Recipe,
} from '../scripts/recipes/recipes.ts'
import { runCommands, writeSources } from '../scripts/recipes/shell.ts'

const KEPT = join(ROOT, 'wasm-fixtures/recipes')
type Kept = Readonly<Record<string, { readonly digest: string; readonly stored: boolean }>>
const kept = JSON.parse(readFileSync(join(KEPT, 'recipes.json'), 'utf8')) as Kept
const all = recipes()
const cases = all.map(recipe => [recipe.name, recipe] as const)
const folder = mkdtempSync(join(tmpdir(), 'recipes-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The module of a recipe; undefined if it is too large to be stored. */
function moduleOf(recipe: Recipe): Uint8Array | undefined {
  if (isPrebuilt(recipe)) return prebuiltModule(recipe)
  return kept[recipe.name]!.stored ? readFileSync(join(KEPT, `${recipe.name}.wasm`)) : undefined
}

describe('recipes', () => {
  test('there are recipes for each language, for functions and for programs', () => {
    expect(all.map(({ name }) => name).sort()).toEqual([
      'arrays',
      'census',
      'counts',
      'digest',
      'greet',
      'inventory',
      'longest',
      'naps',
      'python',
      'quickjs',
      'rot13',
      'sorted',
      'tally',
      'words',
    ])
    expect(Object.keys(kept).sort()).toEqual(all.map(({ name }) => name).sort())
    expect(
      readdirSync(KEPT)
        .filter(file => file.endsWith('.wasm'))
        .sort(),
    ).toEqual(
      Object.entries(kept)
        .filter(([, { stored }]) => stored)
        .map(([name]) => `${name}.wasm`)
        .sort(),
    )
  })

  test.each(cases)(
    '%s: the kept module is that of the page (else: npm run test:recipes -- --write)',
    (name, recipe) => {
      expect(kept[name]!.digest).toBe(digestOf(recipe))
    },
  )

  test.each(cases.filter(([, recipe]) => moduleOf(recipe) !== undefined))(
    '%s prints the lines of the page',
    (name, recipe) => {
      const home = join(folder, name)
      writeSources(recipe, home)
      writeFileSync(join(home, `${name}.wasm`), moduleOf(recipe)!)
      const { stdout, stderr } = runCommands(recipe.commands.filter(isUse), home)
      expect(missingLine(recipe, stdout), stdout + stderr).toBeUndefined()
    },
    60_000,
  )

  test('recipes of functions with libc are reactors, and none imports WASI', () => {
    for (const recipe of all) {
      const bytes = moduleOf(recipe)
      if (bytes === undefined) continue
      const module = new WebAssembly.Module(new Uint8Array(bytes))
      const names = WebAssembly.Module.exports(module).map(entry => entry.name)
      if (names.includes('_start')) continue
      const { name } = recipe
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

  test('a recipe without a compiler runs a module of the repository', () => {
    const uses = block('sh', 'mkdir in\nipvm-wasm run quickjs.wasm -- a.js')
    const [script] = recipesOf('page', block('js a.js', '1') + uses + block('text', '1'))
    expect([isPrebuilt(script!), prebuiltModule(script!).length > 500_000]).toEqual([true, true])
    const [compiled] = recipesOf('page', block('c a.c', 'int a;') + run + block('text', 'result 1'))
    expect(isPrebuilt(compiled!)).toBe(false)
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
