/**
 * Runs the installed package in another realm, as Jest does. Its code sees the classes of a `vm` context, but Node's
 * functions, buffers and text encoders return objects of the main realm. Needs --experimental-vm-modules and
 * --experimental-import-meta-resolve.
 */
import { readFile } from 'node:fs/promises'
import { builtinModules } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { createContext, SourceTextModule, SyntheticModule } from 'node:vm'

/** The globals of Node, which the context gets from the main realm. JavaScript's own globals are new in the context. */
const FROM_OUTSIDE = [
  'AbortController',
  'AbortSignal',
  'Buffer',
  'clearTimeout',
  'console',
  'crypto',
  'CustomEvent',
  'DOMException',
  'Event',
  'EventTarget',
  'fetch',
  'performance',
  'process',
  'queueMicrotask',
  'setTimeout',
  'structuredClone',
  'TextDecoder',
  'TextEncoder',
  'URL',
]
const context = createContext(Object.fromEntries(FROM_OUTSIDE.map(name => [name, globalThis[name]])))
const cache = new Map()

const main = new SourceTextModule(await readFile(process.argv[2], 'utf8'), options(pathToFileURL(process.argv[2]).href))
await main.link(load)
await main.evaluate()

function options(url) {
  return {
    context,
    identifier: url,
    initializeImportMeta: meta => {
      meta.url = url
    },
    importModuleDynamically: async (name, from) => {
      const module = await load(name, from)
      if (module.status === 'unlinked') await module.link(load)
      if (module.status === 'linked') await module.evaluate()
      return module
    },
  }
}

function load(name, from) {
  const url = name.startsWith('node:') || builtinModules.includes(name) ? name : resolve(name, from.identifier)
  if (!cache.has(url)) cache.set(url, make(url))
  return cache.get(url)
}

function resolve(name, from) {
  return name.startsWith('.') ? new URL(name, from).href : import.meta.resolve(name, from)
}

async function make(url) {
  if (url.startsWith('file:') && (await isModule(url))) {
    return new SourceTextModule(await readFile(fileURLToPath(url), 'utf8'), options(url))
  }
  // Built-in modules and CommonJS modules come from the main realm.
  const namespace = await import(url)
  const names = Object.keys(namespace)
  return new SyntheticModule(
    names,
    function () {
      for (const name of names) this.setExport(name, namespace[name])
    },
    { context, identifier: url },
  )
}

async function isModule(url) {
  if (url.endsWith('.mjs')) return true
  if (url.endsWith('.cjs')) return false
  for (let folder = dirname(fileURLToPath(url)); folder !== dirname(folder); folder = dirname(folder)) {
    const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => undefined)
    if (text !== undefined) return JSON.parse(text).type === 'module'
  }
  return false
}
