/** The host functions of an engine: those of this library, and those of the host modules that an embedder names. */
import { Fault } from '../base/fault.ts'
import { badUsage, fields, givenList } from '../base/usage.ts'
import type { Grant } from '../interface-profile.ts'
import * as abort from './abort.ts'
import type { HostFunction, HostModule } from './host-module.ts'
import * as log from './log.ts'
import * as wasi from './wasi/wasi.ts'

const OWN: readonly HostModule[] = [abort, log, wasi]

/** A host function, and the host module to which it belongs. */
export interface Found {
  readonly fn: HostFunction
  readonly module: HostModule
}

/** A grant, and the host function that implements it. */
export interface Linked extends Found {
  readonly grant: Grant
}

/** Finds host functions by the id of their semantics. */
export class HostFunctions {
  readonly #found = new Map<string, Found>()

  /**
   * Throws Fault('bad-usage') if two modules have a function with the same semantics, or if a module does not have the
   * required form.
   */
  constructor(modules: readonly (readonly [url: string, module: unknown])[] = []) {
    for (const module of OWN) this.#add(module, 'this library')
    for (const [url, module] of modules) this.#add(checkModule(module, url), url)
  }

  /**
   * Loads the host modules of an embedder. Throws Fault('bad-usage') if one cannot be loaded, or is not a host module.
   */
  static async load(urls: readonly string[]): Promise<HostFunctions> {
    return new HostFunctions(await Promise.all(urls.map(async url => [url, await loadModule(url)] as const)))
  }

  /** Finds the host function for each grant. Throws Fault('unknown-host-function') if there is none. */
  link(grants: readonly Grant[]): readonly Linked[] {
    return grants.map(grant => {
      const { module, name, type, semantics } = grant
      const found = this.#found.get(semantics)
      if (found?.fn.type === type) return { grant, ...found }
      const has = found === undefined ? 'has none' : `has one of type ${found.fn.type}`
      throw new Fault(
        'unknown-host-function',
        `the profile grants ${module}.${name} as ${semantics} of type ${type}, and this host ${has}: pass the module that ` +
          'implements it to the engine (hostModules)',
        { semantics, type },
      )
    })
  }

  #add(module: HostModule, from: string): void {
    for (const [semantics, fn] of Object.entries(module.functions)) {
      if (this.#found.has(semantics))
        throw new Fault('bad-usage', `two host modules have functions of ${semantics}; the second is ${from}`, {
          semantics,
        })
      this.#found.set(semantics, { fn, module })
    }
  }
}

/** The URLs of host modules as text. Throws Fault('bad-usage') if one is not an absolute URL. */
export function checkHostModules(hostModules: readonly (string | URL)[] = []): readonly string[] {
  return givenList(hostModules, 'hostModules').map((url, i) => {
    const text = String(url)
    if (!URL.canParse(text))
      throw badUsage(`hostModules[${i}]`, "an absolute URL, such as new URL('./functions.js', import.meta.url)", url)
    return text
  })
}

async function loadModule(url: string): Promise<unknown> {
  try {
    return await import(/* webpackIgnore: true */ /* @vite-ignore */ url)
  } catch (error) {
    throw new Fault('bad-usage', `the host module ${url} cannot be loaded: ${String(error)}`, { url }, error)
  }
}

function checkModule(module: unknown, url: string): HostModule {
  const { functions, begin } = module as Partial<Record<keyof HostModule, unknown>>
  const field = `the host module ${url}`
  if (begin !== undefined && typeof begin !== 'function') throw badUsage(`begin of ${field}`, 'a function', begin)
  for (const [semantics, fn] of Object.entries(fields(functions as object, `functions of ${field}`))) {
    const { type, run } = ((fn as unknown) ?? {}) as Partial<Record<keyof HostFunction, unknown>>
    if (typeof type !== 'string' || typeof run !== 'function')
      throw badUsage(`functions['${semantics}'] of ${field}`, '{ type, run }', fn)
  }
  return module as HostModule
}
