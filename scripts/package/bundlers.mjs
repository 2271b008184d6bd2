/** Checks that bundlers accept the package without warnings, and leave out unused code. */
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { installTool } from './installers.mjs'
import { ROOT } from './stranger.mjs'

const ROLLUP = ['rollup@4.68.8', '@rollup/plugin-node-resolve@16.0.3']

/** Code that a user may bundle, and the greatest size of the bundle without dependencies, in bytes. */
const BUNDLES = {
  'nothing of it': { code: "import {} from 'ipvm-wasm'\nimport {} from 'ipvm-wasm/node'\n", most: 100 },
  'parseCid alone': { code: "import { parseCid } from 'ipvm-wasm'\nconsole.log(parseCid)\n", most: 10_000 },
  'all of it': {
    code: "import * as all from 'ipvm-wasm'\nimport * as node from 'ipvm-wasm/node'\nconsole.log(all, node)\n",
    most: 1_400_000,
  },
}

/** What a page may use, and the most that it may take with all dependencies, minified and compressed, in bytes. */
const PAGES = {
  'keys of memos': { names: ['jobKey', 'memoKey'], most: 15_000 },
  receipts: { names: ['decodeReceipt', 'encodeReceipt'], most: 15_000 },
  tasks: { names: ['createTask', 'decodeTask', 'encodeTask'], most: 15_000 },
  'tasks of other systems': { names: ['formatTask', 'readTask', 'translateTask', 'writeTask'], most: 22_000 },
  'a verifier': {
    names: ['createInlineEngine', 'createMemoryStore', 'createVerifier', 'describeVerdict', 'importCar'],
    most: 150_000,
  },
}

/** Measures what a page loads at first, as rolldown builds it. */
export async function measurePages(project) {
  const { rolldown } = await fromTools('vitest', 'vite', 'rolldown')
  const sizes = []
  for (const [name, { names, most }] of Object.entries(PAGES)) {
    writeFileSync(join(project, 'page.js'), `export { ${names.join(', ')} } from 'ipvm-wasm'\n`)
    const bundle = await rolldown({ input: join(project, 'page.js'), platform: 'browser' })
    const { output } = await bundle.generate({ format: 'es', minify: true })
    await bundle.close()
    const codes = staticParts(output)
    const [minified, compressed] = [code => code.length, code => gzipSync(code, { level: 9 }).length].map(size =>
      codes.reduce((sum, code) => sum + size(code), 0),
    )
    if (compressed > most) throw new Error(`${name}: a page loads ${compressed} bytes, more than ${most}`)
    sizes.push(`${name} ${compressed} bytes (${minified} before compression)`)
  }
  return `a page loads: ${sizes.join(', ')}`
}

/** The code of the entry, and of the chunks that it imports statically. */
function staticParts(output) {
  const found = new Set()
  const visit = chunk => {
    if (chunk === undefined || found.has(chunk)) return
    found.add(chunk)
    for (const name of chunk.imports) visit(output.find(({ fileName }) => fileName === name))
  }
  visit(output.find(({ isEntry }) => isEntry))
  return [...found].map(({ code }) => code)
}

/** Tries esbuild, a development dependency of this repository. */
export async function tryEsbuild(project) {
  const { build } = await fromTools('tsx', 'esbuild')
  return tryEach('esbuild', async code => {
    const { warnings, outputFiles } = await build({
      stdin: { contents: code, resolveDir: project },
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'node',
      minify: true,
      logLevel: 'silent',
      plugins: [external],
    })
    const said = warnings
      .filter(({ id }) => id !== 'ignored-bare-import')
      .map(({ text, location }) => `${location?.file}: ${text}`)
    return { said, size: outputFiles[0].text.length }
  })
}

const external = {
  name: 'external',
  setup: build =>
    build.onResolve({ filter: /^[^.]/ }, ({ path }) => (isOutside(path) ? { path, external: true } : undefined)),
}

/** Tries rolldown, with which Vite builds; it is a development dependency of this repository. */
export async function tryRolldown(project) {
  const { rolldown } = await fromTools('vitest', 'vite', 'rolldown')
  return tryEach('rolldown', code => roll(rolldown, project, code, { platform: 'node' }))
}

/** Tries rollup, installed from the registry. */
export async function tryRollup(folder, project) {
  const tools = installTool(folder, 'rollup', ...ROLLUP)
  if (tools.missing !== undefined) return `rollup: skipped, because ${tools.missing}`
  const load = file => import(pathToFileURL(join(tools.modules, file)).href)
  const { rollup } = await load('rollup/dist/es/rollup.js')
  const { nodeResolve } = await load('@rollup/plugin-node-resolve/dist/es/index.js')
  return tryEach('rollup', code =>
    roll(rollup, project, code, { plugins: [nodeResolve({ resolveOnly: ['ipvm-wasm'] })] }),
  )
}

async function roll(bundler, project, code, options) {
  writeFileSync(join(project, 'bundled.js'), code)
  const said = []
  const bundle = await bundler({
    ...options,
    input: join(project, 'bundled.js'),
    external: isOutside,
    onLog: (level, { code, message }) => {
      if (level === 'warn' && code !== 'EMPTY_BUNDLE') said.push(message)
    },
  })
  const { output } = await bundle.generate({ format: 'es' })
  await bundle.close()
  return { said, size: output[0].code.length }
}

/** True for a dependency, which stays outside of the bundle. */
function isOutside(path) {
  return !/^(?:ipvm-wasm|[./\0]|[A-Z]:)/.test(path)
}

/** Imports a package among the development dependencies of this repository. */
function fromTools(...names) {
  const path = names.reduce((from, name) => createRequire(from).resolve(name), join(ROOT, 'package.json'))
  return import(pathToFileURL(path).href)
}

async function tryEach(bundler, make) {
  const sizes = []
  for (const [name, { code, most }] of Object.entries(BUNDLES)) {
    const { said, size } = await make(code)
    if (said.length > 0) throw new Error(`${bundler} warns of ${name}: ${said.join('; ')}`)
    if (size > most) throw new Error(`${bundler} makes ${size} bytes of ${name}, more than ${most}`)
    sizes.push(`${name} ${size} bytes`)
  }
  return `${bundler}: no warning; ${sizes.join(', ')}`
}
