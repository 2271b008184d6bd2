/**
 * An instance of a module of the suite in all modes of metering. It keeps its state between calls. The product does not
 * need this, since a task is one call.
 */
import { Links } from '../../src/abi/links.ts'
import { prepareCall } from '../../src/abi/prepare.ts'
import type { Call } from '../../src/abi/guest.ts'
import { isRejection } from '../../src/abi/lookup.ts'
import type { AdmittedModule } from '../../src/admission/admit.ts'
import { Machine } from '../../src/engine/machine.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { admitModule } from '../../src/engine/admit-module.ts'
import type { ModuleInfo } from '../../src/engine/module-info.ts'
import { METER } from '../../src/instrument/edit/globals.ts'
import { instrument } from '../../src/instrument/instrument.ts'
import type { ModeName } from '../../src/instrument/modes.ts'
import { I32, I64, isReference, type ValueType } from '../../src/wasm/types.ts'
import { reusing, watched } from '../support/instances.ts'
import { shown } from './values.ts'

/** The end of a call: results, or the code of a trap. */
export type Ending = { readonly ok: readonly string[] } | { readonly trap: string }

/** The end of a call in each mode. A mode that cannot decide has the result of the next mode, as in the product. */
export type Endings = Readonly<Record<ModeName, Ending>>

/** The limits of one call, which are higher than any call of the suite needs. */
const GAS = 10n ** 13n
const PAGES = 65_536

const INTEGERS: readonly ValueType[] = [I32, I64]

/** No host functions, since the suite imports none that the profile grants. */
const NO_IMPORTS = { linked: [], inputs: { fun: '', params: [], limits: PROFILE_1.limits } }

/** The modes, beginning with the one that always decides. */
const ORDER = ['precise', 'steady', 'fast'] as const satisfies readonly ModeName[]

/** The number of calls that a mode other than the precise one decided itself, and of those that it passed on. */
export interface Share {
  own: number
  asked: number
}

export class SuiteGuest {
  readonly #info: ModuleInfo
  readonly #tracks: readonly Track[]

  private constructor(info: ModuleInfo, tracks: readonly Track[]) {
    this.#info = info
    this.#tracks = tracks
  }

  /** Instruments in all modes. Throws faults. */
  static async prepare(admitted: AdmittedModule, bytes: Uint8Array, share: Share): Promise<SuiteGuest> {
    const info = admitModule(bytes, admitted.profile).info as ModuleInfo
    const tracks: Track[] = []
    for (const mode of ORDER) {
      const instrumented = await instrument(admitted, mode)
      const module = await WebAssembly.compile(instrumented.bytes as Uint8Array<ArrayBuffer>)
      tracks.push(new Track(module, mode, info, isStateless(admitted), share))
    }
    return new SuiteGuest(info, tracks)
  }

  /** Instantiates and runs the start function: an ending without results, or a trap. */
  async start(): Promise<Endings> {
    const { segments } = this.#info
    if (segments !== undefined) return inAll({ trap: segments })
    return this.#each((track, asked) => track.begin(asked))
  }

  /** Calls a function. Returns the code of the rejection if it cannot be called from outside. */
  async invoke(fun: string, args: readonly (bigint | Uint8Array)[]): Promise<Endings | string> {
    const { callable, limits } = this.#info
    const call = prepareCall(callable, { abi: 'core', fun, args, links: new Links() }, limits)
    if (isRejection(call)) return `${call.code} ${call.subject}`
    return this.#each((track, asked) => track.invoke(call, asked))
  }

  /** The value of an exported global of an integer type in each mode; undefined for other types. */
  get(name: string): Endings | undefined {
    const { exports, globals } = this.#info.callable
    const found = exports.find(entry => entry.kind === 'global' && entry.name === name)
    if (found === undefined || !INTEGERS.includes(globals[found.index]!.type)) return undefined
    const endings: Ending[] = []
    for (const track of this.#tracks) endings.push(track.global(name, endings))
    return byMode(endings)
  }

  /** True if a function of that name is exported, and its type has references. */
  exportsReferences(name: string): boolean {
    const { exports, functions } = this.#info.callable
    const found = exports.find(entry => entry.kind === 'function' && entry.name === name)
    return found !== undefined && [functions[found.index]!].some(t => [...t.params, ...t.results].some(isReference))
  }

  async #each(act: (track: Track, asked: readonly Ending[]) => Promise<Ending>): Promise<Endings> {
    const endings: Ending[] = []
    for (const track of this.#tracks) endings.push(await act(track, endings))
    return byMode(endings)
  }
}

function byMode([precise, steady, fast]: readonly Ending[]): Endings {
  return { precise: precise!, steady: steady!, fast: fast! }
}

function inAll(ending: Ending): Endings {
  return { precise: ending, steady: ending, fast: ending }
}

function isStateless({ module }: AdmittedModule): boolean {
  return module.memory === undefined && module.tables.length === 0 && module.globals.every(global => !global.mutable)
}

/** The module in one mode. */
class Track {
  readonly #module: WebAssembly.Module
  readonly #mode: ModeName
  readonly #info: ModuleInfo
  readonly #stateless: boolean
  readonly #share: Share
  #machine: Machine | undefined
  #instance: WebAssembly.Instance | undefined
  /** The calls that have led to the current state. */
  readonly #history: Call[] = []
  /** True if the state differs from that of the other modes. Results do not count then. */
  #retired = false

  constructor(module: WebAssembly.Module, mode: ModeName, info: ModuleInfo, stateless: boolean, share: Share) {
    this.#module = module
    this.#mode = mode
    this.#info = info
    this.#stateless = stateless
    this.#share = share
  }

  /** Makes an instance and runs its start function. */
  async begin(asked: readonly Ending[]): Promise<Ending> {
    await this.#instantiate()
    return this.#attempt(() => {
      this.#machine!.start()
      return []
    }, asked)
  }

  async invoke(call: Call, asked: readonly Ending[]): Promise<Ending> {
    if (this.#retired) return asked[asked.length - 1]!
    const ending = await this.#attempt(() => call.invoke(this.#machine!) as readonly unknown[], asked)
    const exhausted = 'trap' in ending && ending.trap === 'stack-exhausted'
    // Effects before a stack overflow differ between modes, so such a call does not belong to the state.
    if (!this.#stateless && !exhausted) this.#history.push(call)
    if (exhausted && !this.#stateless) await this.#replay()
    return ending
  }

  global(name: string, asked: readonly Ending[]): Ending {
    if (this.#retired) return asked[asked.length - 1]!
    return { ok: [String((this.#instance!.exports[name] as WebAssembly.Global).value)] }
  }

  async #instantiate(): Promise<void> {
    const { result, instance } = await watched(() => this.#create())
    this.#machine = result
    this.#instance = instance!
  }

  #create(): Promise<Machine> {
    const limits = { gas: GAS, pages: PAGES }
    return Machine.create(this.#module, this.#mode, this.#info, limits, NO_IMPORTS)
  }

  /** Runs code of the guest. Throws faults, and an error if the modes disagree. */
  async #attempt(act: () => readonly unknown[], asked: readonly Ending[]): Promise<Ending> {
    const machine = this.#machine!
    this.#set(METER.gas, GAS)
    this.#set(METER.trap, 0)
    try {
      const ok = act().map(shown)
      this.#share.own++
      return { ok }
    } catch (error) {
      const code = machine.trapOf(error)
      // A machine makes no calls after a trap, so a new one is made. The state is in the instance.
      if (this.#stateless) await this.#instantiate()
      else this.#machine = await reusing(this.#instance!, () => this.#create())
      if (code === undefined) throw new Error('the engine trapped where the code cannot', { cause: error })
      if (typeof code === 'string') {
        this.#share.own++
        return { trap: code }
      }
      this.#share.asked++
      const said = asked[ORDER.indexOf(code.next)]!
      if ('ok' in said && code.mayEndWell === false)
        throw new Error(`the ${this.#mode} mode trapped, and none other did`, { cause: error })
      // The state is that of a run that has to be repeated.
      this.#retired = !this.#stateless && (code.next === 'steady' || 'ok' in said)
      return said
    }
  }

  /** Makes the state again by repeating the calls. */
  async #replay(): Promise<void> {
    if (this.#retired) return
    const none: readonly Ending[] = ORDER.map(() => ({ trap: 'not asked' }))
    await this.begin(none)
    for (const call of this.#history) await this.#attempt(() => call.invoke(this.#machine!) as readonly unknown[], none)
  }

  #set(name: string, value: bigint | number): void {
    ;(this.#instance!.exports[name] as WebAssembly.Global).value = value
  }
}
