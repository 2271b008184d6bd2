/** The name of the code that prepares modules. One version of this software must not run what another version prepared. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

/** The file from which everything that prepares a module is imported. */
const ROOT = './preparer'

/** Specifiers of imports and re-exports of files of this package. Types leave no import in JavaScript. */
const IMPORT = /\b(?:from|import)\s*\(?\s*['"](\.{1,2}\/[^'"]+)['"]/g

/**
 * A hash over the files that prepare modules, followed from import to import, and the version of binaryen. It changes with any
 * of these files. The profile's rules are not part of it: they are named by their CID. Undefined where the code is not
 * there as files, as in a bundle.
 */
export function makerName(): string | undefined {
  try {
    const { url } = import.meta
    const hash = createHash('sha256')
    for (const [file, code] of importGraph(new URL(ROOT + url.slice(url.lastIndexOf('.')), url))) {
      hash.update(`${file}\0`).update(code).update('\0')
    }
    const { version } = createRequire(url)('binaryen/package.json') as { readonly version: string }
    return `${hash.digest('hex')} binaryen ${version}`
  } catch {
    return undefined
  }
}

/** The files that a file imports, directly or not, itself included: paths relative to it, in order, and their text. */
export function importGraph(root: URL): readonly (readonly [file: string, code: string])[] {
  const found = new Map<string, string>()
  const visit = (file: URL): void => {
    if (found.has(file.href)) return
    const code = readFileSync(file, 'utf8')
    found.set(file.href, code)
    for (const [, specifier] of code.matchAll(IMPORT)) visit(new URL(specifier!, file))
  }
  visit(root)
  const base = new URL('../', root).href
  return [...found].map(([href, code]) => [href.replace(base, ''), code] as const).sort(([a], [b]) => (a < b ? -1 : 1))
}
