/** Names code of this package, so that one version of this software does not believe what another one has computed. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** The file that imports, directly or indirectly, all code that prepares modules. */
const PREPARES: readonly string[] = ['./preparer']

/** The files that import all code by which a task becomes a receipt. */
export const MAKES_RECEIPTS: readonly string[] = ['./compute', '../executor/run']

/** Specifiers of imports and re-exports of this package's files. Imports of types do not exist in JavaScript. */
const IMPORT = /\b(?:from|import)\s*\(?\s*['"](\.{1,2}\/[^'"]+)['"]/g

/**
 * A hash over files of this package. They are found by following imports from `roots`, whose default is the code that prepares
 * modules. One of them states the digest of binaryen's WebAssembly, and nothing else is loaded as that. The profile is not part
 * of the hash, since keys of entries name it. Undefined if the code is not installed as files, as in a bundle.
 */
export function makerName(roots = PREPARES): string | undefined {
  try {
    const { url } = import.meta
    const hash = createHash('sha256')
    for (const root of roots) {
      for (const [file, code] of importGraph(new URL(root + url.slice(url.lastIndexOf('.')), url)))
        hash.update(`${file}\0`).update(code).update('\0')
    }
    return hash.digest('hex')
  } catch {
    return undefined
  }
}

/** A file and all files that it imports, directly or indirectly: their relative paths in order, and their text. */
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
