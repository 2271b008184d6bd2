/** Names the code that prepares modules, so that one version of this software does not run what another one has prepared. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

/** The file that imports, directly or indirectly, all code that prepares modules. */
const ROOT = './preparer'

/** Specifiers of imports and re-exports of this package's files. Imports of types do not exist in JavaScript. */
const IMPORT = /\b(?:from|import)\s*\(?\s*['"](\.{1,2}\/[^'"]+)['"]/g

/**
 * A hash over the files that prepare modules, and the version of binaryen. The files are found by following imports. The
 * profile is not part of it, since the key of a job names it. Undefined if the code is not installed as files, as in a bundle.
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
