/** Checks the contents of the package, and that all links and imports in it lead to existing files. */
import { readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join, posix } from 'node:path'
import { PACKAGE } from './stranger.mjs'

const NEEDED = [
  'README.md',
  'LICENSE',
  'CHANGELOG.md',
  'package.json',
  'docs/guests.md',
  'docs/spec/gas.md',
  'docs/spec/profile.md',
  'docs/spec/receipt.md',
  'dist/index.js',
  'dist/index.d.ts',
  'dist/instrument/binaryen/binaryen.wasm',
  'dist/instrument/binaryen/binaryen.LICENSE.txt',
  'src/index.ts',
]
const ALLOWED = [
  /^(?:README|CHANGELOG|ARCHITECTURE|RATIONALE)\.md$/,
  /^LICENSE$/,
  /^package\.json$/,
  /^docs\/(?:bundlers|farm|guests|spec\/[\w-]+)\.md$/,
  /^wasm-fixtures\/programs\/ipvm\.h$/,
  /^src\/[\w/-]+\.ts$/,
  /^dist\/[\w/-]+\.(?:js|d\.ts)(?:\.map)?$/,
  /^dist\/instrument\/binaryen\/binaryen\.(?:wasm|LICENSE\.txt)$/,
]

/** Throws if a file is missing, or if the package contains a file that users do not need. */
export function checkFiles(files) {
  const missing = NEEDED.filter(path => !files.includes(path))
  const strange = files.filter(path => !ALLOWED.some(form => form.test(path)))
  if (missing.length > 0 || strange.length > 0)
    throw new Error(`missing: ${missing.join(', ')}; strange: ${strange.join(', ')}`)
}

/** Throws if a page links to a file that is not packed, or to a heading that does not exist. */
export function checkLinks(installed, files) {
  for (const page of files.filter(path => path.endsWith('.md'))) {
    for (const [, link] of readFileSync(join(installed, page), 'utf8').matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^\w+:/.test(link)) continue
      const [path, heading] = link.split('#')
      const target = path === '' ? page : posix.join(dirname(page), path)
      if (!files.includes(target)) throw new Error(`${page} links to ${link}, which is not packed`)
      if (heading !== undefined && !headingsOf(readFileSync(join(installed, target), 'utf8')).includes(heading))
        throw new Error(`${page} links to ${link}, and there is no such heading`)
    }
  }
}

/** The anchors of the headings of a page. */
function headingsOf(markdown) {
  return [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, text]) =>
    text
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  )
}

/** Throws if a file that `exports` or `bin` names is missing. */
export function checkEntries(files) {
  const entries = Object.values(PACKAGE.exports).flatMap(entry =>
    typeof entry === 'string' ? [entry] : Object.values(entry),
  )
  const paths = [...entries, ...Object.values(PACKAGE.bin), PACKAGE.main, PACKAGE.types]
  const missing = paths.map(path => posix.normalize(path)).filter(path => !files.includes(path))
  if (missing.length > 0) throw new Error(`package.json names what is not packed: ${missing.join(', ')}`)
}

/** Throws if a source map names a source that is not packed. */
export function checkMaps(installed, files) {
  for (const map of files.filter(path => path.endsWith('.map'))) {
    const { sources } = JSON.parse(readFileSync(join(installed, map), 'utf8'))
    const missing = sources.map(source => posix.join(dirname(map), source)).filter(path => !files.includes(path))
    if (sources.length === 0 || missing.length > 0)
      throw new Error(`${map} maps to what is not packed: ${missing.join(', ')}`)
  }
}

/**
 * Throws if an imported package is not declared as a dependency, or a declared one is not imported. Returns the
 * declared packages.
 */
export function checkImports(installed) {
  // Optional peers are installed by those who use what needs them.
  const declared = [PACKAGE.dependencies, PACKAGE.peerDependencies].flatMap(Object.keys)
  const used = new Set()
  for (const path of readdirSync(join(installed, 'dist'), { recursive: true, encoding: 'utf8' })) {
    if (!/\.(?:js|d\.ts)$/.test(path)) continue
    for (const name of importsOf(readFileSync(join(installed, 'dist', path), 'utf8'))) {
      if (isBuiltin(name)) continue
      const dependency = name
        .split('/')
        .slice(0, name.startsWith('@') ? 2 : 1)
        .join('/')
      if (!declared.includes(dependency))
        throw new Error(`dist/${path} imports ${name}, which package.json does not declare`)
      used.add(dependency)
    }
  }
  for (const path of reachable(join(installed, 'dist/index.d.ts'))) {
    const name = importsOf(readFileSync(path, 'utf8')).find(isBuiltin)
    if (name !== undefined)
      throw new Error(`${path}, which the types of the main entry lead to, needs the types of Node for ${name}`)
  }
  const unused = declared.filter(name => !used.has(name))
  if (unused.length > 0) throw new Error(`declared and not imported: ${unused.join(', ')}`)
  return declared
}

/** A declaration file, and all declaration files that it imports directly or indirectly. */
function reachable(path, seen = new Set()) {
  if (seen.has(path)) return seen
  seen.add(path)
  for (const [, name] of readFileSync(path, 'utf8').matchAll(/\bfrom '(\.[^']+)'/g))
    reachable(join(dirname(path), name.replace(/\.[jt]s$/, '.d.ts')), seen)
  return seen
}

/** Matches an import or require, with its specifier. */
const IMPORT =
  /(?:\bfrom|\bimport|\bimport\(|\brequire\(|createRequire\(import\.meta\.url\)\()\s*['"](@?[a-z][\w:@./-]*)['"]/g

/** The packages that code imports or requires, without relative imports. */
function importsOf(text) {
  const bare = text.replaceAll(/^\s*(?:\/\/|\*|\/\*).*$/gm, '')
  return [...bare.matchAll(IMPORT)].map(([, name]) => name)
}
