/**
 * Takes binaryen's WebAssembly out of the pinned npm package, whose JavaScript has it as a string, and puts it beside the code
 * that loads it: src/instrument/binaryen/asset.ts, and the built file if there is one. Each build and each run of the tests begins
 * with this. Its license goes along.
 *
 * Fails if the package is not the one that src/instrument/binaryen/names.ts states: by the digest of the WebAssembly, and by the
 * names of its exports. `--write` states the installed package there.
 */
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runInNewContext } from 'node:vm'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const NAMES = join(ROOT, 'src/instrument/binaryen/names.ts')
const FOLDERS = ['src', 'dist'].map(folder => join(ROOT, folder, 'instrument/binaryen'))
/** What the C functions of each table of names.ts are called in the package. */
const TABLES = {
  FUNCTIONS: name => `Binaryen${name}`,
  KINDS: name => `Binaryen${name}Id`,
  FEATURES: name => `BinaryenFeature${name}`,
}
const writes = process.argv.includes('--write')
const stated = readFileSync(NAMES, 'utf8')
const [, pinned] = /SHA256 = '(\w+)'/.exec(stated)
const folders = FOLDERS.filter(folder => existsSync(folder))
if (writes || folders.some(folder => digestOf(join(folder, 'binaryen.wasm')) !== pinned)) make()

function make() {
  const home = dirname(createRequire(import.meta.url).resolve('binaryen/package.json'))
  const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'))
  const code = readFileSync(join(home, 'index.js'), 'utf8')
  const wasm = embedded(code)
  const text = statementOf(code, wasm)
  if (writes) writeFileSync(NAMES, text)
  else if (text !== stated)
    throw new Error(
      `binaryen ${version} in node_modules is not the one of src/instrument/binaryen/names.ts. If package.json names this ` +
        'version on purpose, run node scripts/binaryen.mjs --write, compare the names in src/instrument/binaryen/runtime.ts ' +
        'with the JavaScript of the package, and review what changes in the golden files. Otherwise run npm ci.',
    )
  for (const folder of folders) {
    writeFileSync(join(folder, 'binaryen.wasm'), wasm)
    copyFileSync(join(home, 'LICENSE'), join(folder, 'binaryen.LICENSE.txt'))
  }
}

/** The WebAssembly in the package's JavaScript: the one template literal that begins with its magic number. */
function embedded(code) {
  const start = code.indexOf('`\0asm')
  const at = start >= 0 ? start : code.indexOf('`\\0asm')
  if (at < 0)
    throw new Error(
      'the JavaScript of the package binaryen has no WebAssembly; scripts/binaryen.mjs has to learn its form',
    )
  let end = at + 1
  while (code[end] !== '`') end += code[end] === '\\' ? 2 : 1
  // The package maps the characters to bytes like this: U+0100 is zero, and all others are themselves.
  const characters = runInNewContext(code.slice(at, end + 1))
  return Uint8Array.from(characters, character => character.charCodeAt(0) & (~character.charCodeAt(0) >> 8))
}

/** The text of names.ts for a package. */
function statementOf(code, wasm) {
  const exported = new Set(WebAssembly.Module.exports(new WebAssembly.Module(wasm)).map(({ name }) => name))
  const names = new Map(
    [...code.matchAll(/\b\w+\._(Binaryen\w+)=\w+\.([\w$]+)/g)].map(([, name, short]) => [name, short]),
  )
  const fill = (table, nameOf) => (_, before, entries, after) => {
    const filled = entries.replaceAll(/(\w+): '[^']*'/g, (_, name) => {
      const short = names.get(nameOf(name))
      if (!exported.has(short)) throw new Error(`binaryen exports no ${nameOf(name)}, which ${table} in names.ts names`)
      return `${name}: '${short}'`
    })
    return before + filled + after
  }
  return Object.entries(TABLES).reduce(
    (text, [table, nameOf]) =>
      text.replace(new RegExp(`(export const ${table} = \\{)([^}]*)(\\})`), fill(table, nameOf)),
    stated.replace(pinned, createHash('sha256').update(wasm).digest('hex')),
  )
}

/** The digest of a file; undefined if it is not there. */
function digestOf(file) {
  return existsSync(file) ? createHash('sha256').update(readFileSync(file)).digest('hex') : undefined
}
