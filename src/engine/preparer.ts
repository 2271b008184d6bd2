/**
 * Prepares modules: admits, instruments and compiles them. A prepared module is looked up in the module cache first, then in the
 * private index. If neither has it, it is made from the module's bytes. The code for admission and instrumentation is loaded
 * only then.
 */
import type { AdmittedModule } from '../admission/admit.ts'
import { compileModule } from '../base/compile.ts'
import { Fault } from '../base/fault.ts'
import { hostFault } from '../base/host-fault.ts'
import type { Profile } from '../interface-profile.ts'
import type { Rejection } from '../interface.ts'
import type { ModeName } from '../instrument/modes.ts'
import { decodePrepared, encodePrepared, type ModuleInfo } from './module-info.ts'
import type { PreparedIndex } from './prepared-index.ts'
import { Recent } from '../base/recent.ts'

/** A stage of preparing a module that may take long. `run` is the begin of the run after it. */
export type Stage = 'admit' | 'instrument' | 'compile' | 'run'

/** Options for keeping prepared modules. */
export interface PreparerOptions {
  /**
   * The greatest number of instrumented bytes of all modules in the cache. At least one module is kept; the least recently used
   * are removed first. Default 32 MiB.
   */
  readonly keptBytes?: number | undefined
  /** Keeps instrumented modules when this process has ended. Default: none. */
  readonly index?: PreparedIndex | undefined
}

/** Options that only engines of this library use. */
export interface Preparations extends PreparerOptions {
  /** Begins before a module is instrumented, and is awaited before the module is compiled. It must not reject. */
  readonly beforeInstrumenting?: (() => Promise<void>) | undefined
}

/** The module and the profile that it is admitted under. */
export interface Source {
  /** The module's bytes. */
  readonly module: Uint8Array
  /** The profile that it is admitted under. */
  readonly profile: Profile
}

/** What the preparer needs to prepare a module: how to load its source, and a callback for stages. */
export interface Means {
  /** Loads the source. Called each time that the module is neither in the cache nor in the index. */
  source(): Promise<Source>
  readonly onStage?: ((stage: Stage) => void) | undefined
}

/** An entry of the module cache: a module after admission, compiled for the modes in which it has run. */
export interface Prepared {
  readonly key: string
  readonly info: ModuleInfo | Rejection
  readonly compiled: Partial<Record<ModeName, Compiled>>
  /** The mode in which it is tried first. It is not `fast` any more once a run has met an observed NaN. Only time depends on it. */
  first: ModeName
  /** The admitted module, until it is instrumented. */
  admitted: AdmittedModule | undefined
}

interface Compiled {
  readonly module: Promise<WebAssembly.Module>
  bytes: number
}

const KEPT_BYTES = 32 * 1024 * 1024

/** The estimated memory of an entry of the cache besides its code, in bytes. */
const ENTRY_BYTES = 4096

export class Preparer {
  readonly #first: ModeName
  readonly #index: PreparedIndex | undefined
  readonly #beforeInstrumenting: Preparations['beforeInstrumenting']
  readonly #kept: Recent<Prepared>
  /** The lookups that are under way. Concurrent callers share them. */
  readonly #pending = new Map<string, Promise<Prepared>>()

  /** `first` is the mode that is tried first. */
  constructor(first: ModeName, { keptBytes = KEPT_BYTES, index, beforeInstrumenting }: Preparations) {
    this.#first = first
    this.#index = index
    this.#beforeInstrumenting = beforeInstrumenting
    this.#kept = new Recent(keptBytes)
  }

  /** The module under a key, after admission. Throws faults, among them those of loading its source. */
  admit(key: string, means: Means): Prepared | Promise<Prepared> {
    const known = this.#kept.get(key)
    if (known !== undefined) return known
    const pending = this.#pending.get(key)
    // The first caller may have been given up while it was loading. Then this caller loads the module itself.
    if (pending !== undefined) return pending.catch(() => this.admit(key, means))
    const looking = this.#look(key, means).finally(() => this.#pending.delete(key))
    this.#pending.set(key, looking)
    return looking
  }

  /** The module compiled for a mode. Throws faults, which are not cached. */
  async compiled(prepared: Prepared, mode: ModeName, means: Means): Promise<WebAssembly.Module> {
    for (let known = prepared.compiled[mode]; known !== undefined; known = prepared.compiled[mode]) {
      // If the first caller has failed, this one tries again.
      const module = await known.module.catch(() => undefined)
      if (module !== undefined) return module
    }
    const looking = this.#compile(prepared, mode, means)
    return this.#keep(prepared, mode, looking, 0)
  }

  async #look(key: string, means: Means): Promise<Prepared> {
    const indexed = await this.#indexed(key, this.#first)
    if (indexed !== undefined) {
      const { info, module, bytes } = indexed
      const prepared: Prepared = { key, info, compiled: {}, first: this.#first, admitted: undefined }
      if (module === undefined) this.#weigh(prepared)
      else void this.#keep(prepared, this.#first, Promise.resolve(module), bytes)
      return prepared
    }
    const source = await means.source()
    means.onStage?.('admit')
    const prepared = { key, compiled: {}, first: this.#first, ...(await admitSource(source)) }
    if ('kind' in prepared.info) await this.#index?.put(indexKey(key, this.#first), encodePrepared(prepared.info))
    this.#weigh(prepared)
    return prepared
  }

  #keep(
    prepared: Prepared,
    mode: ModeName,
    module: Promise<WebAssembly.Module>,
    bytes: number,
  ): Promise<WebAssembly.Module> {
    prepared.compiled[mode] = { module, bytes }
    this.#weigh(prepared)
    return module
  }

  #weigh(prepared: Prepared): void {
    const code = Object.values(prepared.compiled).reduce((sum, { bytes }) => sum + bytes, 0)
    // Before it is instrumented, the entry holds the module and the results of the validator, which take about as much again.
    const held = 2 * (prepared.admitted?.module.bytes.length ?? 0)
    this.#kept.set(prepared.key, prepared, ENTRY_BYTES + code + held)
  }

  async #indexed(key: string, mode: ModeName): Promise<Indexed | undefined> {
    const found = await this.#index?.get(indexKey(key, mode))
    if (found === undefined) return undefined
    try {
      const { info, code } = decodePrepared(found)
      return { info, module: code && (await compileModule(code)), bytes: code?.length ?? 0 }
    } catch (error) {
      if (error instanceof Fault && error.code === 'compilation-forbidden') throw error
      // The entry is intact but cannot be decoded or compiled. The module is prepared again.
      return undefined
    }
  }

  /** Compiles what the index has, or else what is made now. */
  async #compile(prepared: Prepared, mode: ModeName, means: Means): Promise<WebAssembly.Module> {
    try {
      const indexed = await this.#indexed(prepared.key, mode)
      if (indexed?.module !== undefined) {
        this.#made(prepared, mode, indexed.bytes)
        return indexed.module
      }
      const admitted = prepared.admitted ?? (await admitSource(await means.source())).admitted!
      means.onStage?.('instrument')
      const begun = this.#beforeInstrumenting?.()
      const { instrument } = await import('./instrumentation.ts')
      const { bytes } = await instrument(admitted, mode)
      await begun
      means.onStage?.('compile')
      const module = await compileModule(bytes)
      await this.#index?.put(indexKey(prepared.key, mode), encodePrepared(prepared.info, bytes))
      means.onStage?.('run')
      this.#made(prepared, mode, bytes.length)
      return module
    } catch (error) {
      delete prepared.compiled[mode]
      throw hostFault(error)
    }
  }

  #made(prepared: Prepared, mode: ModeName, bytes: number): void {
    prepared.admitted = undefined
    prepared.compiled[mode]!.bytes = bytes
    this.#weigh(prepared)
  }
}

interface Indexed {
  readonly info: ModuleInfo | Rejection
  /** Undefined if the module was rejected. */
  readonly module: WebAssembly.Module | undefined
  readonly bytes: number
}

async function admitSource({ module, profile }: Source): Promise<Pick<Prepared, 'info' | 'admitted'>> {
  const { admitModule } = await import('./admit-module.ts')
  return admitModule(module, profile)
}

function indexKey(key: string, mode: ModeName): string {
  return `${key} ${mode}`
}
