/** What made a prepared module: two versions of this software must not run each other's. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

/** The folders whose code decides what is prepared. The profile's rules are in its CID. */
const FOLDERS = ['admission', 'engine', 'instrument', 'wasm'] as const

/**
 * A name for the code that prepares modules, and for the binaryen that it works with: a hash over the files that are
 * installed, so that no change of any of them can be forgotten. Undefined where they are not to be had as files.
 */
export function makerName(): string | undefined {
  try {
    const hash = createHash('sha256')
    for (const folder of FOLDERS) {
      const root = fileURLToPath(new URL(`../${folder}/`, import.meta.url))
      for (const file of readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(isCode).sort()) {
        hash
          .update(`${folder}/${file}\0`)
          .update(readFileSync(root + file))
          .update('\0')
      }
    }
    const { version } = createRequire(import.meta.url)('binaryen/package.json') as { readonly version: string }
    return `${hash.digest('hex')} binaryen ${version}`
  } catch {
    return undefined
  }
}

function isCode(file: string): boolean {
  return /(?<!\.d)\.[jt]s$/.test(file)
}
