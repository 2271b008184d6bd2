/** Whether mutants fit the code at hand. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Mutant } from './mutant.ts'

/** The repository's root. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** What keeps mutants from being tried, one sentence for each thing. Empty if all of them fit. */
export function misfits(mutants: readonly Mutant[]): readonly string[] {
  const names = mutants.map(({ name }) => name)
  const twice = names.filter((name, i) => names.indexOf(name) !== i)
  return [...twice.map(name => `two mutants are called ${name}`), ...mutants.flatMap(misfitsOf)]
}

function misfitsOf({ name, file, find, replace, tests }: Mutant): readonly string[] {
  const missing = [file, ...tests].filter(path => !existsSync(join(ROOT, path)))
  if (missing.length > 0) return missing.map(path => `${name}: there is no ${path}`)
  if (find === replace) return [`${name} changes nothing`]
  const { length } = placesOf(find, readFileSync(join(ROOT, file), 'utf8'))
  return length === 1 ? [] : [`${name}: what it replaces occurs ${length} times in ${file}: ${find}`]
}

/**
 * Where a fragment of code occurs in a file, as begin and end. Lines may be broken in other places, and a list may end with a
 * comma: the formatter decides both.
 */
export function placesOf(fragment: string, code: string): readonly (readonly [begin: number, end: number])[] {
  const characters = [...fragment.replaceAll(/\s+/g, '').replaceAll(/,(?=[)\]}])/g, '')]
  const pattern = characters
    .map(character => (')]}'.includes(character) ? `,?\\s*\\${character}` : escaped(character)))
    .join('\\s*')
  return [...code.matchAll(new RegExp(pattern, 'g'))].map(({ index, 0: { length } }) => [index, index + length])
}

function escaped(character: string): string {
  return /\w/.test(character) ? character : `\\${character}`
}
