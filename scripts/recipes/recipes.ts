/** Reads the recipes for guests from the documentation. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** The pages that have recipes. */
const PAGES = ['README.md', 'docs/guests.md']

export interface Recipe {
  /** The name of the module, without `.wasm`. */
  readonly name: string
  readonly page: string
  /** The source files. */
  readonly files: readonly { readonly path: string; readonly text: string }[]
  /** The lines for the shell. */
  readonly commands: readonly string[]
  /** Lines that the commands must print in this order. They may print others in between. */
  readonly output: readonly string[]
}

/** All recipes of the documentation. */
export function recipes(): Recipe[] {
  return PAGES.flatMap(page => recipesOf(page, readFileSync(ROOT + page, 'utf8')))
}

/**
 * The recipes of a page. A recipe has source blocks whose info string names a file (```` ```c rot13.c ````), then an
 * `sh` block, then a `text` block. Throws if one of them is missing.
 */
export function recipesOf(page: string, markdown: string): Recipe[] {
  const found: Recipe[] = []
  let files: Recipe['files'][number][] = []
  let commands: string[] | undefined
  for (const [, info, text] of markdown.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)) {
    const [language, path] = info!.split(' ') as [string, string | undefined]
    if (commands !== undefined) {
      if (language !== 'text') throw new Error(`${page}: ${files[0]!.path} is not followed by what it prints`)
      found.push({ name: nameOf(commands), page, files, commands, output: lines(text!) })
      files = []
      commands = undefined
    } else if (path?.includes('.') === true) {
      files.push({ path, text: text! })
    } else if (files.length > 0) {
      if (language !== 'sh') throw new Error(`${page}: ${files[0]!.path} is not followed by its commands`)
      commands = lines(text!).filter(line => !line.startsWith('#'))
    }
  }
  if (files.length > 0) throw new Error(`${page}: ${files[0]!.path} has no commands, or prints nothing`)
  return found
}

/** Returns true if a line of a recipe uses the module, instead of building it. */
export function isUse(command: string): boolean {
  return /^(?:ipvm-wasm|mkdir|printf) /.test(command)
}

/** Returns true if a recipe compiles nothing, but runs a module of wasm-fixtures/wasi, such as an interpreter. */
export function isPrebuilt({ commands }: Recipe): boolean {
  return commands.every(isUse)
}

/** The module of wasm-fixtures/wasi that a recipe runs. */
export function prebuiltModule({ name }: Recipe): Uint8Array {
  const path = `${ROOT}wasm-fixtures/wasi/${name}/${name}.wasm`
  return existsSync(path) ? readFileSync(path) : gunzipSync(readFileSync(`${path}.gz`))
}

/** The greatest size of a module that is stored in wasm-fixtures/recipes, in bytes. */
export const MAX_STORED = 150_000

/** A digest of everything on which the module of a recipe depends, besides the toolchain. */
export function digestOf({ files, commands }: Recipe): string {
  const header = files.some(usesHeader) ? HEADER.text : ''
  const builds = commands.filter(command => !isUse(command))
  return createHash('sha256').update(JSON.stringify({ files, builds, header })).digest('hex')
}

/** The header of this repository that recipes in C and C++ may include. */
export const HEADER = { path: 'ipvm.h', text: readFileSync(`${ROOT}wasm-fixtures/programs/ipvm.h`, 'utf8') }

export function usesHeader({ text }: { readonly text: string }): boolean {
  return text.includes(`#include "${HEADER.path}"`)
}

/**
 * The first expected line that was not printed, or not after the expected lines before it; undefined if there is none.
 */
export function missingLine({ output }: Recipe, printed: string): string | undefined {
  const rest = lines(printed)
  return output.find(line => {
    const at = rest.indexOf(line)
    rest.splice(0, at + 1)
    return at < 0
  })
}

function nameOf(commands: readonly string[]): string {
  const [, name] = /^ipvm-wasm run (\S+)\.wasm /m.exec(commands.join('\n')) ?? []
  if (name === undefined) throw new Error(`no module is run: ${commands.join('; ')}`)
  return name
}

function lines(text: string): string[] {
  return text
    .split('\n')
    .map(line => line.trimEnd())
    .filter(line => line !== '')
}
