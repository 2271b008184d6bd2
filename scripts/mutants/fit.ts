/** Checks that the mutants fit the current code. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Mutant } from './mutant.ts'

/** The root of the repository. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** The problems that keep mutants from being tried, one sentence each. Empty if all fit. */
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
 * The positions at which a fragment of code occurs in a file, as begin and end. Line breaks and trailing commas may
 * differ, since the formatter decides them.
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
