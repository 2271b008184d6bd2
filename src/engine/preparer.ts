/**
 * Prepared modules: admitted, instrumented, compiled. Each is looked for in memory first, then in the private index, and
 * made from the module's bytes last. What admits and instruments is not even loaded before that.
 */
import type { AdmittedModule } from '../admission/admit.ts'
import { hostFault } from '../base/host-fault.ts'
import type { Profile } from '../interface-profile.ts'
import type { Rejection } from '../interface.ts'
import type { ModeName } from '../instrument/modes.ts'
import { decodePrepared, encodePrepared, type Facts } from './facts.ts'
import type { PreparedIndex } from './prepared-index.ts'
import { Recent } from './recent.ts'

/** What takes its time before a guest runs, for those who wait. */
export type Stage = 'admit' | 'instrument' | 'compile' | 'run'

/** What an engine keeps of the modules that it prepared. */
export interface PreparerOptions {
  /** Instrumented bytes of all modules that are kept compiled, at least one; the least recently used go first. Default 32 MiB. */
  readonly keptBytes?: number
  /** Where instrumented modules are kept beyond this process. Default: nowhere. */
  readonly index?: PreparedIndex | undefined
}

/** What our own engines may say besides. */
export interface Preparations extends PreparerOptions {
  /** What is begun before a module is instrumented, and has ended before it is compiled. It must not fail. */
  readonly beforeInstrumenting?: (() => Promise<void>) | undefined
}

/** What is prepared, as it is found in a block store. */
export interface Source {
  /** The module's bytes. */
  readonly module: Uint8Array
  /** The rules that it is held against. */
  readonly profile: Profile
}

/** What there is to prepare a module with: where its source comes from, and whom to tell what begins. */
export interface Means {
  /** Called only if the module is neither in memory nor in the index, and each time that it is needed. */
  source(): Promise<Source>
  readonly onStage?: ((stage: Stage) => void) | undefined
}

/** A module that was judged and, once it had to run, compiled. */
export interface Prepared {
  readonly key: string
  readonly judged: Facts | Rejection
  readonly compiled: Partial<Record<ModeName, Compiled>>
  /** The mode in which it is tried first: not the fast one any more once that met a NaN. Nothing but time depends on it. */
  first: ModeName
  /** Until it is instrumented. */
  admitted: AdmittedModule | undefined
}

interface Compiled {
  readonly module: Promise<WebAssembly.Module>
  bytes: number
}

const KEPT_BYTES = 32 * 1024 * 1024

/** What a module weighs in memory beside its code: its facts, and what a map takes. */
const ENTRY_BYTES = 4096

export class Preparer {
  readonly #first: ModeName
  readonly #index: PreparedIndex | undefined
  readonly #beforeInstrumenting: Preparations['beforeInstrumenting']
  readonly #kept: Recent<Prepared>
  /** Those that are being looked for. */
  readonly #pending = new Map<string, Promise<Prepared>>()

  /** `first` is the mode that is tried first. */
  constructor(first: ModeName, { keptBytes = KEPT_BYTES, index, beforeInstrumenting }: Preparations) {
    this.#first = first
    this.#index = index
    this.#beforeInstrumenting = beforeInstrumenting
    this.#kept = new Recent(keptBytes)
  }

  /** The module under the key, judged. Throws faults, among them those of its source. */
  judge(key: string, means: Means): Prepared | Promise<Prepared> {
    const known = this.#kept.get(key)
    if (known !== undefined) return known
    const pending = this.#pending.get(key)
    // Whoever was first may have been given up while it was loading.
    if (pending !== undefined) return pending.catch(() => this.judge(key, means))
    const looking = this.#look(key, means).finally(() => this.#pending.delete(key))
    this.#pending.set(key, looking)
    return looking
  }

  /** The module compiled for a mode. Faults are thrown, and not kept. */
  async compiled(prepared: Prepared, mode: ModeName, means: Means): Promise<WebAssembly.Module> {
    for (let known = prepared.compiled[mode]; known !== undefined; known = prepared.compiled[mode]) {
      // As above.
      const module = await known.module.catch(() => undefined)
      if (module !== undefined) return module
    }
    const looking = this.#compile(prepared, mode, means)
    return this.#keep(prepared, mode, looking, 0)
  }

  async #look(key: string, means: Means): Promise<Prepared> {
    const indexed = await this.#indexed(key, this.#first)
    if (indexed !== undefined) {
      const { judged: known, module, bytes } = indexed
      const prepared: Prepared = { key, judged: known, compiled: {}, first: this.#first, admitted: undefined }
      if (module === undefined) this.#weigh(prepared)
      else void this.#keep(prepared, this.#first, Promise.resolve(module), bytes)
      return prepared
    }
    const source = await means.source()
    means.onStage?.('admit')
    const prepared = { key, compiled: {}, first: this.#first, ...(await judged(source)) }
    if ('kind' in prepared.judged) await this.#index?.put(indexKey(key, this.#first), encodePrepared(prepared.judged))
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
    // Until it is instrumented it holds the module and what the validator found of its bodies.
    const held = 2 * (prepared.admitted?.module.bytes.length ?? 0)
    this.#kept.set(prepared.key, prepared, ENTRY_BYTES + code + held)
  }

  async #indexed(key: string, mode: ModeName): Promise<Indexed | undefined> {
    const found = await this.#index?.get(indexKey(key, mode))
    if (found === undefined) return undefined
    try {
      const { judged: known, code } = decodePrepared(found)
      return { judged: known, module: code && (await compile(code)), bytes: code?.length ?? 0 }
    } catch {
      // What was written is whole and is not understood: it is made anew.
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
      const admitted = prepared.admitted ?? (await judged(await means.source())).admitted!
      means.onStage?.('instrument')
      const begun = this.#beforeInstrumenting?.()
      const { instrument } = await import('./instrumentation.ts')
      const { bytes } = await instrument(admitted, mode)
      await begun
      means.onStage?.('compile')
      const module = await compile(bytes)
      await this.#index?.put(indexKey(prepared.key, mode), encodePrepared(prepared.judged, bytes))
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
  readonly judged: Facts | Rejection
  /** Absent if it was rejected. */
  readonly module: WebAssembly.Module | undefined
  readonly bytes: number
}

async function judged({ module, profile }: Source): Promise<Pick<Prepared, 'judged' | 'admitted'>> {
  const { judgeModule } = await import('./judge.ts')
  return judgeModule(module, profile)
}

/** Compiles asynchronously: the main thread of a page in Chrome compiles no more than 8 MB at once. */
function compile(code: Uint8Array): Promise<WebAssembly.Module> {
  return WebAssembly.compile(code as Uint8Array<ArrayBuffer>)
}

function indexKey(key: string, mode: ModeName): string {
  return `${key} ${mode}`
}
