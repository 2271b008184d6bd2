/** The host functions that an engine has: our own, and those of the modules that an embedder names. */
import { Fault } from '../base/fault.ts'
import { badUsage, fields, givenList } from '../base/usage.ts'
import type { Grant } from '../interface-profile.ts'
import * as abort from './abort.ts'
import type { HostFunction, HostModule } from './host-module.ts'
import * as log from './log.ts'
import * as wasi from './wasi/wasi.ts'

const OWN: readonly HostModule[] = [abort, log, wasi]

/** A host function in the module that it shares its state with. */
export interface Found {
  readonly fn: HostFunction
  readonly module: HostModule
}

/** A grant and the host function that does what it says. */
export interface Linked extends Found {
  readonly grant: Grant
}

/** Host functions by the ids of their semantics. */
export class HostFunctions {
  readonly #found = new Map<string, Found>()

  /** Throws Fault('bad-usage') where two modules have functions of the same semantics, or one is of another form. */
  constructor(modules: readonly (readonly [url: string, module: unknown])[] = []) {
    for (const module of OWN) this.#add(module, 'this library')
    for (const [url, module] of modules) this.#add(checkModule(module, url), url)
  }

  /** Loads the modules of an embedder. Throws Fault('bad-usage') for what cannot be loaded or is no such module. */
  static async load(urls: readonly string[]): Promise<HostFunctions> {
    return new HostFunctions(await Promise.all(urls.map(async url => [url, await loadModule(url)] as const)))
  }

  /** What the grants of a module mean here. Throws Fault('unknown-host-function') if one of them means nothing. */
  link(grants: readonly Grant[]): readonly Linked[] {
    return grants.map(grant => {
      const { module, name, type, semantics } = grant
      const found = this.#found.get(semantics)
      if (found?.fn.type === type) return { grant, ...found }
      const has = found === undefined ? 'has none' : `has one of type ${found.fn.type}`
      throw new Fault(
        'unknown-host-function',
        `the profile grants ${module}.${name} as ${semantics} of type ${type}, and this host ${has}: give the engine the module ` +
          'that has it (hostModules)',
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

/** URLs of host modules as text. Throws Fault('bad-usage'). */
export function checkHostModules(hostModules: readonly (string | URL)[] = []): readonly string[] {
  return givenList(hostModules, 'hostModules').map((url, i) => {
    const text = String(url)
    if (!URL.canParse(text))
      throw badUsage(`hostModules[${i}]`, "an absolute URL, as new URL('./functions.js', import.meta.url) is", url)
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
