/**
 * Builds one app with every bundler, each in a project of its own in which the packed package is installed: `npm run
 * test:bundlers`, or `npm run test:bundlers -- vite-8 esbuild`. Beyond the default configuration there is at most the line of
 * recipes.ts. A bundler must not warn. What it builds must have binaryen's WebAssembly once and unchanged, and no module of Node.
 * Where the built files also run in Node, they verify a receipt and refute a false one there; `npm run test:browser` runs them all
 * in browsers. A run of all bundlers writes the table in docs/bundlers.md.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import {
  addFile,
  createExecutor,
  createInlineEngine,
  createMemoryStore,
  createTask,
  encodeReceipt,
  exportCar,
} from '../../src/index.ts'
import { SHA256 } from '../../src/instrument/binaryen/names.ts'
import { Unavailable } from '../install.ts'
import { writeRegion } from '../page.ts'
import { buildWith, type Built } from './build.ts'
import { regionOf, type Row } from './page.ts'
import { BUNDLERS, RECIPES, type Bundler } from './recipes.ts'

const APP = fileURLToPath(new URL('app', import.meta.url))
const PAGE = new URL('../../docs/bundlers.md', import.meta.url)
/** The most JavaScript that a page may load before it instruments anything, compressed. */
const FIRST_LOAD = 150_000
/** The most of binaryen's WebAssembly, compressed. */
const WASM = 2_700_000

/** The CARs of a receipt, and of a copy of it that claims another use of gas. */
async function claims(): Promise<{ right: Uint8Array; wrong: Uint8Array }> {
  const store = createMemoryStore()
  const wasm = readFileSync(new URL('../../wasm-fixtures/programs/fibonacci/fibonacci.wasm', import.meta.url))
  const task = createTask({ mod: await addFile(store, wasm), fun: 'recursive', params: [10], abi: 'core' })
  const limits = { gas: 10n ** 9n, pages: 1 }
  const { cid, receipt } = await createExecutor({ store, engine: createInlineEngine() }).execute(task, limits)
  const { ran, out, meta } = receipt
  const altered = encodeReceipt({ ran, out, meta: { ...meta, gasUsed: meta.gasUsed + 1n } })
  await store.put(altered.cid, altered.bytes)
  return { right: await exportCar(store, [cid]), wrong: await exportCar(store, [altered.cid]) }
}

/** Throws if the built files are not as they must be. */
function check(bundler: Bundler, { folder, version, printed }: Built): Row {
  const said = warningsIn(printed)
  if (said.length > 0) throw new Error(`it warns: ${said.join('; ')}`)
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map(name => join(folder, name))
  const ofNode = files.filter(file => file.endsWith('.js')).flatMap(file => importsOfNode(readFileSync(file, 'utf8')))
  if (ofNode.length > 0) throw new Error(`it imports from Node: ${ofNode.join(', ')}`)
  const wasms = files.filter(file => file.endsWith('.wasm')).map(file => readFileSync(file))
  if (wasms.length !== 1 || createHash('sha256').update(wasms[0]!).digest('hex') !== SHA256)
    throw new Error(`it has ${wasms.length} files of WebAssembly, and not that of binaryen alone`)
  const row = { bundler, version, first: firstLoad(folder), wasm: compressed(wasms[0]!) }
  if (RECIPES[bundler].minifies && row.first > FIRST_LOAD) throw new Error(`a page loads ${row.first} bytes at first`)
  if (row.wasm > WASM) throw new Error(`binaryen takes ${row.wasm} bytes`)
  return row
}

/** What a bundler has printed as a warning. */
function warningsIn(printed: string): string[] {
  return printed.split('\n').filter(line => /\bwarn/i.test(line) || line.startsWith('(!)'))
}

/** The modules of Node that code imports. */
function importsOfNode(code: string): string[] {
  const bare = code.replaceAll(/\/\*[\s\S]*?\*\//g, '')
  return [
    ...bare.matchAll(/\b(?:from|import|require)\s*\(?\s*["'](node:[\w/]+|fs|path|crypto|module|process)["']/g),
  ].map(([, name]) => name!)
}

/** The size of the scripts of the page and all that they import statically, each compressed. */
function firstLoad(folder: string): number {
  const page = readFileSync(join(folder, 'index.html'), 'utf8')
  const found = new Set<string>()
  const visit = (file: string): void => {
    if (found.has(file)) return
    found.add(file)
    for (const [, name] of readFileSync(file, 'utf8').matchAll(/(?:\bfrom|\bimport)\s*["'](\.{1,2}\/[^"']+\.js)["']/g))
      visit(join(dirname(file), name!))
  }
  for (const [, name] of page.matchAll(/<script[^>]* src="\.?\/([^"]+)"/g)) visit(join(folder, name!))
  return [...found].reduce((sum, file) => sum + compressed(readFileSync(file)), 0)
}

function compressed(bytes: Uint8Array): number {
  return gzipSync(bytes, { level: 9 }).length
}

/** Runs what was built in this process. */
async function tryInNode({ folder }: Built, { right, wrong }: Awaited<ReturnType<typeof claims>>): Promise<void> {
  const built = (await import(pathToFileURL(join(folder, 'main.js')).href)) as {
    onThisThread(car: Uint8Array): Promise<string>
  }
  const said = [await built.onThisThread(right), await built.onThisThread(wrong)]
  if (!said[0]!.startsWith('Reproduced') || !said[1]!.startsWith('Refuted: meta.gasUsed'))
    throw new Error(`in Node it says: ${said.join(' / ')}`)
}

async function main(only: readonly string[]): Promise<number> {
  const unknown = only.filter(name => !(name in RECIPES))
  if (unknown.length > 0) throw new Error(`no bundler ${unknown.join(', ')}; there are ${BUNDLERS.join(', ')}`)
  const made = await claims()
  const rows: Row[] = []
  let failures = 0
  const tried = BUNDLERS.filter(name => only.length === 0 || only.includes(name))
  for (const bundler of tried) {
    try {
      const built = buildWith(bundler, APP)
      const row = check(bundler, built)
      if (RECIPES[bundler].runsInNode) await tryInNode(built, made)
      rows.push(row)
      console.log(`${bundler} ${row.version}: first load ${row.first} bytes, binaryen ${row.wasm}`)
    } catch (error) {
      if (error instanceof Unavailable) console.log(`${bundler}: skipped, because ${error.message}`)
      else {
        failures++
        console.error(`${bundler}: ${(error as Error).message}`)
      }
    }
  }
  if (rows.length === BUNDLERS.length) writeRegion(PAGE, 'bundlers', regionOf(rows))
  console.log(`${rows.length} passed, ${failures} failed, ${tried.length - rows.length - failures} skipped`)
  return failures === 0 ? 0 : 1
}

process.exitCode = await main(process.argv.slice(2))
