/**
 * Prepared modules: admitted, instrumented, compiled. Each is looked for in memory first, then in the private index, and
 * made from the module's bytes last. What admits and instruments is not even loaded before that.
 */
import type { AdmittedModule } from '../admission/admit.ts'
import { hostFault } from '../base/host-fault.ts'
import type { Profile, Rejection } from '../interface.ts'
import type { Mode } from '../instrument/steps.ts'
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
  /** What is begun before a module is instrumented, and has ended before it is compiled. It must not fail. */
  readonly beforeInstrumenting?: () => Promise<void>
}

/** What is prepared, as it is found in a block store. */
export interface Source {
  /** The module's bytes. */
  readonly module: Uint8Array
  /** The rules that it is held against. */
  readonly profile: Profile
}

/** What there is to prepare a module with: its source, if that came along, and whom to tell what begins. */
export interface Means extends Partial<Source> {
  readonly onStage?: ((stage: Stage) => void) | undefined
}

/** A module that was judged and, once it had to run, compiled. */
export interface Prepared {
  readonly key: string
  readonly judged: Facts | Rejection
  readonly compiled: Partial<Record<Mode, Compiled>>
  /** The mode in which it is tried first: not the fast one any more once that met a NaN. Nothing but time depends on it. */
  first: Mode
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
  readonly #first: Mode
  readonly #index: PreparedIndex | undefined
  readonly #beforeInstrumenting: PreparerOptions['beforeInstrumenting']
  readonly #kept: Recent<Prepared>
  /** Those that are being looked for. */
  readonly #pending = new Map<string, Promise<Prepared | undefined>>()

  /** `first` is the mode that is tried first. */
  constructor(first: Mode, { keptBytes = KEPT_BYTES, index, beforeInstrumenting }: PreparerOptions) {
    this.#first = first
    this.#index = index
    this.#beforeInstrumenting = beforeInstrumenting
    this.#kept = new Recent(keptBytes)
  }

  /** The module under the key, judged; undefined if it takes the source and there is none. */
  judge(key: string, means: Means): Prepared | undefined | Promise<Prepared | undefined> {
    const known = this.#kept.get(key)
    if (known !== undefined) return known
    const pending = this.#pending.get(key)
    // Whoever was first may have had no source.
    if (pending !== undefined) return pending.then(found => found ?? this.judge(key, means))
    const looking = this.#look(key, means).finally(() => this.#pending.delete(key))
    this.#pending.set(key, looking)
    return looking
  }

  /** The module compiled for a mode; undefined if it takes the source and there is none. Faults are not kept. */
  async compiled(prepared: Prepared, mode: Mode, means: Means): Promise<WebAssembly.Module | undefined> {
    const known = prepared.compiled[mode]
    if (known !== undefined) return known.module
    const indexed = await this.#indexed(prepared.key, mode)
    if (indexed !== undefined) return this.#keep(prepared, mode, Promise.resolve(indexed.module), indexed.bytes)
    if (prepared.compiled[mode] !== undefined) return prepared.compiled[mode].module
    if (prepared.admitted === undefined && sourceOf(means) === undefined) return undefined
    return this.#keep(prepared, mode, this.#instrumented(prepared, mode, means), 0)
  }

  async #look(key: string, means: Means): Promise<Prepared | undefined> {
    const indexed = await this.#indexed(key, this.#first)
    if (indexed !== undefined) {
      const prepared: Prepared = { key, judged: indexed.facts, compiled: {}, first: this.#first, admitted: undefined }
      void this.#keep(prepared, this.#first, Promise.resolve(indexed.module), indexed.bytes)
      return prepared
    }
    const source = sourceOf(means)
    if (source === undefined) return undefined
    means.onStage?.('admit')
    const prepared = { key, compiled: {}, first: this.#first, ...await judged(source) }
    this.#weigh(prepared)
    return prepared
  }

  #keep(prepared: Prepared, mode: Mode, module: Promise<WebAssembly.Module>, bytes: number): Promise<WebAssembly.Module> {
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

  async #indexed(key: string, mode: Mode): Promise<{ facts: Facts; module: WebAssembly.Module; bytes: number } | undefined> {
    const found = await this.#index?.get(indexKey(key, mode))
    if (found === undefined) return undefined
    try {
      const { facts, code } = decodePrepared(found)
      return { facts, module: await compile(code), bytes: code.length }
    } catch {
      // What was written is whole and is not understood: it is made anew.
      return undefined
    }
  }

  async #instrumented(prepared: Prepared, mode: Mode, means: Means): Promise<WebAssembly.Module> {
    try {
      const admitted = prepared.admitted ?? (await judged(sourceOf(means)!)).admitted!
      means.onStage?.('instrument')
      const begun = this.#beforeInstrumenting?.()
      const { instrument } = await import('./instrumentation.ts')
      const { bytes } = await instrument(admitted, mode)
      await begun
      means.onStage?.('compile')
      const module = await compile(bytes)
      await this.#index?.put(indexKey(prepared.key, mode), encodePrepared(prepared.judged as Facts, bytes))
      means.onStage?.('run')
      prepared.admitted = undefined
      prepared.compiled[mode]!.bytes = bytes.length
      this.#weigh(prepared)
      return module
    } catch (error) {
      delete prepared.compiled[mode]
      throw hostFault(error)
    }
  }
}

function sourceOf({ module, profile }: Means): Source | undefined {
  return module === undefined || profile === undefined ? undefined : { module, profile }
}

async function judged({ module, profile }: Source): Promise<Pick<Prepared, 'judged' | 'admitted'>> {
  const { judgeModule } = await import('./judge.ts')
  return judgeModule(module, profile)
}

/** Compiles asynchronously: the main thread of a page in Chrome compiles no more than 8 MB at once. */
function compile(code: Uint8Array): Promise<WebAssembly.Module> {
  return WebAssembly.compile(code as Uint8Array<ArrayBuffer>)
}

function indexKey(key: string, mode: Mode): string {
  return `${key} ${mode}`
}
