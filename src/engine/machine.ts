/** An instance of an instrumented module on the host's own engine, with its meter: one attempt at a run. */
import { Fault } from '../base/fault.ts'
import { hostFault, shortageOf } from '../base/host-fault.ts'
import { fitsResult } from '../base/measure.ts'
import { TooLarge } from '../base/misfit.ts'
import { isBytes, messageOf } from '../base/realms.ts'
import { plainLink, readValueOf } from '../base/value.ts'
import type { Guest } from '../abi/guest.ts'
import { exportedFunction, isRejection } from '../abi/lookup.ts'
import type { Bits, Sink } from '../host/host-call.ts'
import type { HostInputs } from '../host/host-module.ts'
import type { Linked } from '../host/registry.ts'
import { Sinks } from '../host/sinks.ts'
import type { AbortCall, Link, PlainValue, Result, RunLimits, TrapCode, TrapTrace } from '../interface.ts'
import { EXPORT, externalName, memoryName, METER, noteIn, offsetIn, withNote } from '../instrument/edit/globals.ts'
import type { ModeName } from '../instrument/modes.ts'
import type { Facts } from './facts.ts'
import { areBits, bitsOf, importsOf, type Run } from './host-imports.ts'
import { GuestExit, GuestTrap } from './run-ends.ts'

/** A run that has to be done again, from scratch: it has failed in a mode that cannot tell how. */
export interface Rerun {
  readonly next: ModeName
  /** Whether it may be that it need not have failed: it has kept more of the stack free than was needed. */
  readonly mayEndWell?: boolean
  /** Whether it met a NaN that somebody could have seen. */
  readonly metNan?: boolean
}

const NO_MEMORY = new Uint8Array(0)

/** The host functions that an instance imports, and the inputs of the task for their states. */
export interface Imported {
  readonly linked: readonly Linked[]
  readonly inputs: HostInputs
}

export class Machine implements Guest, Run {
  readonly #mode: ModeName
  readonly #facts: Facts
  readonly #exports: WebAssembly.Exports
  readonly #memory: WebAssembly.Memory | undefined
  readonly #sinks: Sinks
  /** What the guest's code has thrown: nothing else can be a trap of the engine's. */
  #raised: unknown
  /** What has ended the run: whoever catches it cannot go on. */
  #end: unknown
  /** The fault of a host function. */
  #hostFault: Fault | undefined
  /** While a host function works: what the guest has noted where it was called. */
  #place: number | undefined

  private constructor(exports: WebAssembly.Exports, mode: ModeName, facts: Facts, limits: RunLimits) {
    this.#mode = mode
    this.#facts = facts
    this.#exports = exports
    this.#sinks = new Sinks(facts.limits)
    this.#memory = this.#exports[memoryName(facts.callable.exports)] as WebAssembly.Memory | undefined
    this.#global(METER.gas).value = limits.gas
    if (this.#exports[METER.pages] !== undefined) this.#global(METER.pages).value = limits.pages
  }

  /**
   * Instantiates with so much gas and so many pages, asynchronously: a page's main thread may not do it otherwise if the module
   * is large. Nothing of the guest runs yet. Throws faults of the host.
   */
  static async create(
    module: WebAssembly.Module,
    mode: ModeName,
    facts: Facts,
    limits: RunLimits,
    { linked, inputs }: Imported,
  ): Promise<Machine> {
    let machine: Machine
    try {
      const imports = importsOf(linked, inputs, () => machine)
      const { exports } = await WebAssembly.instantiate(module, imports)
      machine = new Machine(exports, mode, facts, limits)
    } catch (error) {
      throw hostFault(error)
    }
    return machine
  }

  /** Gas left; negative if it ran out. */
  get gas(): bigint {
    return this.#global(METER.gas).value as bigint
  }

  get pages(): number {
    return this.#memory === undefined ? 0 : this.#memory.buffer.byteLength / 65536
  }

  get growRefused(): boolean {
    return this.#exports[METER.refused] !== undefined && this.#global(METER.refused).value === 1
  }

  get logs(): Uint8Array {
    return this.#sinks.get('logs').bytes
  }

  get valueBytes(): number {
    return this.#facts.limits.valueBytes
  }

  get memoryObject(): WebAssembly.Memory | undefined {
    return this.#memory
  }

  /** Runs the start function, if the module has one. */
  start(): void {
    if (this.#exports[EXPORT.start] !== undefined) this.call(EXPORT.start)
  }

  call(name: string, ...params: readonly Bits[]): readonly Bits[] {
    if (this.#end !== undefined) throw this.#end
    // What an earlier call noted is not where this one traps. One that a host function makes stands where that was called.
    if (this.#mode === 'precise') this.#global(METER.trap).value = withNote(this.#place ?? 0)
    const answer = this.#enter(this.#exports[externalName(name)] as (...params: readonly Bits[]) => unknown, params)
    // The fast mode may have spent more than there was since its last check.
    if (this.gas < 0n) this.trap('out-of-gas')
    if (answer === undefined) return []
    return Array.isArray(answer) ? (answer as Bits[]) : [answer as Bits]
  }

  callChecked(name: string, params: readonly Bits[]): readonly Bits[] {
    const type = exportedFunction(this.#facts.callable, name)
    if (isRejection(type) || !areBits(params, bitsOf(type.params))) this.trap('abi-violation')
    return this.call(name, ...params)
  }

  memory(): Uint8Array {
    return this.#memory === undefined ? NO_MEMORY : new Uint8Array(this.#memory.buffer)
  }

  range(pointer: number, length: number): Uint8Array {
    const [from, memory] = [pointer >>> 0, this.memory()]
    if (from + (length >>> 0) > memory.length) this.trap('memory-out-of-bounds')
    return memory.subarray(from, from + (length >>> 0))
  }

  charge(bytes: number): void {
    const { flat, perUnit } = this.#facts.host
    this.pay(flat + perUnit * bytes)
  }

  pay(gas: number): void {
    if (this.#end !== undefined) throw this.#end
    const left = this.gas - BigInt(gas)
    this.#global(METER.gas).value = left
    if (left < 0n) this.trap('out-of-gas')
  }

  sink(name: string): Sink {
    return this.#sinks.get(name)
  }

  trap(code: TrapCode, about?: AbortCall): never {
    if (this.#place !== undefined) this.#global(METER.trap).value = withNote(this.#place, code)
    throw (this.#end ??= new GuestTrap(code, this.#place !== undefined, about))
  }

  exit(result: Result | PlainValue): never {
    const given = readResult(result)
    if (given === undefined || !fitsResult(given, this.#facts.limits)) this.trap('abi-violation')
    // The counter is exact wherever a host function may end the run (src/instrument/boundary/endings.ts), and was last held
    // against 0 when its call was paid for.
    // Bytes may be a part of the guest's memory. Nothing that is too large is copied.
    throw (this.#end ??= new GuestExit(readValueOf<Link>(given, 'the result', { link: plainLink, copyBytes: true })))
  }

  /**
   * What a host function throws of its own is the host's matter: as a fault it passes through the guest and cannot be taken for
   * its trap.
   */
  host<T>(work: () => T): T {
    const outer = this.#place
    this.#place = this.#global(METER.trap).value as number
    try {
      const given = work()
      if (this.#end === undefined) return given
    } catch (error) {
      this.#end ??= this.#hostFault = failureOf(error)
    } finally {
      this.#place = outer
    }
    throw this.#end
  }

  /**
   * The trap that an exception stands for. The instrumented code has noted which one it would be, so nothing is read from
   * the engine's message, but that the engine had no memory or stack left. What the guest's own code did not raise is a
   * fault, and so is what is no trap of the engine's. Undefined for a trap that was not announced.
   *
   * Modes that are not precise know of out-of-gas alone: their counter is exact only where a call has returned, and at its
   * checks. What watches for NaNs may have met one and gone wrong before it got here, and knows nothing. Nor does either know
   * whether a host function would have failed in a run that is exact.
   */
  trapOf(error: unknown): TrapCode | Rerun | undefined {
    const watches = this.#exports[EXPORT.watches] !== undefined
    // It may have come of wrong bits, or after more was spent than there was.
    if (error === this.#hostFault && this.#mode !== 'precise')
      return { next: watches ? 'steady' : 'precise', mayEndWell: true }
    const thrown = error instanceof GuestTrap ? error : undefined
    if (thrown === undefined) {
      const fault = error === this.#raised ? shortageOf(error) : hostFault(error)
      if (fault !== undefined) throw fault
    }
    const noted = noteIn(this.#global(METER.trap).value as number)
    if (watches) return { next: 'steady', metNan: noted === 'nan' }
    if (thrown !== undefined) {
      const exact = !thrown.inside || thrown.code === 'out-of-gas' || this.#mode === 'precise'
      return exact ? thrown.code : { next: 'precise', mayEndWell: false }
    }
    if (noted === 'host-memory')
      throw new Fault('host-memory', 'this host has no memory left to give to the guest', {}, error)
    if (noted !== 'out-of-gas' && this.#mode !== 'precise')
      return { next: 'precise', mayEndWell: noted === 'stack-exhausted' }
    return noted as TrapCode | undefined
  }

  #global(name: string): WebAssembly.Global {
    return this.#exports[name] as WebAssembly.Global
  }

  /** Where the guest has trapped. The precise mode alone can tell. */
  get trace(): TrapTrace | undefined {
    const offset = this.#mode === 'precise' ? offsetIn(this.#global(METER.trap).value as number) : undefined
    if (offset === undefined) return undefined
    const about = this.#end instanceof GuestTrap ? this.#end.about : undefined
    return about === undefined ? { offset } : { offset, abort: about }
  }

  /** Lets the guest's code run, and notes what it raises. */
  #enter(code: (...params: readonly Bits[]) => unknown, params: readonly Bits[]): unknown {
    try {
      return code(...params)
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) this.#raised = error
      throw (this.#end ??= error)
    }
  }
}

/** The fault of a host function that has thrown. */
function failureOf(error: unknown): Fault {
  if (error instanceof Fault) return error
  try {
    return shortageOf(error) ?? new Fault('host-function-failed', `a host function failed: ${String(error)}`, {}, error)
  } catch {
    return new Fault('host-function-failed', 'a host function failed, and what it threw has no words', {}, error)
  }
}

/** The result that a host function gives, its bytes not copied; undefined if it has more levels or parts than any value. */
function readResult(result: Result | PlainValue): PlainValue | undefined {
  try {
    return readValueOf<Link>(result, 'the result', { link: linkOfResult })
  } catch (error) {
    if (error instanceof TooLarge) return undefined
    throw new Fault(
      'host-function-failed',
      `a host function ended the run with no value: ${messageOf(error)}`,
      {},
      error,
    )
  }
}

/** Results name blocks by CIDs of version 1, in base 32. A CID, of whichever library, tells its text itself. */
function linkOfResult(object: object): Link | undefined {
  const { '/': mark, bytes } = object as { readonly '/'?: unknown; readonly bytes?: unknown }
  const link = isBytes(mark) && mark === bytes ? { '/': String(object) } : plainLink(object)
  if (link !== undefined && !/^b[a-z2-7]+$/.test(link['/'])) throw new Error('its link is no CIDv1 in base 32')
  return link
}
