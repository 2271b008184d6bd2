/** What is in the package, and that nothing in it points to what is not. */
import { readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, posix } from 'node:path'
import { PACKAGE } from './stranger.mjs'

const NEEDED = ['README.md', 'LICENSE', 'CHANGELOG.md', 'package.json', 'docs/spec/gas.md', 'docs/spec/profile.md', 'docs/spec/receipt.md', 'dist/index.js', 'dist/index.d.ts', 'src/index.ts']
const ALLOWED = /^(?:README\.md|LICENSE|CHANGELOG\.md|package\.json|docs\/spec\/[\w-]+\.md|src\/[\w/-]+\.ts|dist\/[\w/-]+\.(?:js|d\.ts)(?:\.map)?)$/

/** Throws if something is missing, or is there that a user has no use for. */
export function checkFiles(files) {
  const missing = NEEDED.filter(path => !files.includes(path))
  const strange = files.filter(path => !ALLOWED.test(path))
  if (missing.length > 0 || strange.length > 0) throw new Error(`missing: ${missing.join(', ')}; strange: ${strange.join(', ')}`)
}

/** Throws unless the files that `exports` and `bin` name are there. */
export function checkEntries(files) {
  const paths = [...Object.values(PACKAGE.exports).flatMap(entry => (typeof entry === 'string' ? [entry] : Object.values(entry))), ...Object.values(PACKAGE.bin), PACKAGE.main, PACKAGE.types]
  const missing = paths.map(path => posix.normalize(path)).filter(path => !files.includes(path))
  if (missing.length > 0) throw new Error(`package.json names what is not packed: ${missing.join(', ')}`)
}

/** Throws if the source of a map is not packed. */
export function checkMaps(installed, files) {
  for (const map of files.filter(path => path.endsWith('.map'))) {
    const { sources } = JSON.parse(readFileSync(join(installed, map), 'utf8'))
    const missing = sources.map(source => posix.join(dirname(map), source)).filter(path => !files.includes(path))
    if (sources.length === 0 || missing.length > 0) throw new Error(`${map} maps to what is not packed: ${missing.join(', ')}`)
  }
}

/** Throws if code or declarations import what is not declared, or nothing imports what is. Gives the declared. */
export function checkImports(installed) {
  const declared = Object.keys(PACKAGE.dependencies)
  const used = new Set()
  for (const path of readdirSync(join(installed, 'dist'), { recursive: true, encoding: 'utf8' })) {
    if (!/\.(?:js|d\.ts)$/.test(path)) continue
    for (const name of importsOf(readFileSync(join(installed, 'dist', path), 'utf8'))) {
      const builtin = builtinModules.includes(name.replace(/^node:/, ''))
      if (builtin && path.endsWith('.d.ts')) throw new Error(`dist/${path} needs the types of Node for ${name}`)
      if (builtin) continue
      const dependency = name.split('/').slice(0, name.startsWith('@') ? 2 : 1).join('/')
      if (!declared.includes(dependency)) throw new Error(`dist/${path} imports ${name}, which package.json does not declare`)
      used.add(dependency)
    }
  }
  const unused = declared.filter(name => !used.has(name))
  if (unused.length > 0) throw new Error(`declared and not imported: ${unused.join(', ')}`)
  return declared
}

/** Packages that a text imports or requires; relative ones are left out. */
function importsOf(text) {
  const bare = text.replaceAll(/^\s*(?:\/\/|\*|\/\*).*$/gm, '')
  return [...bare.matchAll(/(?:\bfrom|\bimport|\bimport\(|\brequire\(|createRequire\(import\.meta\.url\)\()\s*['"](@?[a-z][\w:@./-]*)['"]/g)].map(([, name]) => name)
}
