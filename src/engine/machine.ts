/** One attempt at a run: an instance of an instrumented module in the host's WebAssembly engine, with its meter. */
import { Fault } from '../base/fault.ts'
import { hostFault, shortageOf } from '../base/host-fault.ts'
import { fitsResult } from '../base/measure.ts'
import { plainLink, readValueOf } from '../base/value.ts'
import type { Guest } from '../abi/guest.ts'
import { exportedFunction, isRejection } from '../abi/lookup.ts'
import type { Bits, Sink } from '../host/host-call.ts'
import type { HostInputs, HostModule } from '../host/host-module.ts'
import type { Linked } from '../host/registry.ts'
import { Sinks } from '../host/sinks.ts'
import type { AbortCall, Link, PlainValue, Result, RunLimits, TrapCode, TrapTrace } from '../interface.ts'
import { EXPORT, externalName, memoryName, METER, noteIn, offsetIn, withNote } from '../instrument/edit/globals.ts'
import type { ModeName } from '../instrument/modes.ts'
import type { ModuleInfo } from './module-info.ts'
import { areBits, bitsOf, HostStates, importsOf, type Run } from './host-imports.ts'
import { readResult } from './host-result.ts'
import { Meter } from './meter.ts'
import { GuestExit, GuestTrap } from './run-ends.ts'

/** The run failed in a mode that cannot decide its outcome. It has to be repeated from the beginning in another mode. */
export interface Rerun {
  readonly next: ModeName
  /** True if the repeated run may come to a result, for example because this one has reserved more stack than needed. */
  readonly mayEndWell?: boolean
  /** True if the run met an observed NaN. */
  readonly metNan?: boolean
}

const NO_MEMORY = new Uint8Array(0)

/** The host functions that an instance imports, and the task's inputs, from which they make their states. */
export interface Imported {
  readonly linked: readonly Linked[]
  readonly inputs: HostInputs
}

export class Machine implements Guest, Run {
  readonly #mode: ModeName
  readonly #info: ModuleInfo
  readonly #exports: WebAssembly.Exports
  readonly #memory: WebAssembly.Memory | undefined
  /** The memory's bytes when they were last asked for. */
  #bytes = NO_MEMORY
  readonly #meter: Meter
  readonly #sinks: Sinks
  readonly #states: HostStates
  /** The last error that the guest's code has thrown. No other error can be a trap. */
  #raised: unknown
  /** The error that has ended the run. It is thrown again if a host function catches it and goes on. */
  #end: unknown
  /** The fault that a host function has raised. */
  #hostFault: Fault | undefined
  /** Whether a host function runs. */
  #inHost = false
  /** The value of the global `trap` at the call of that host function, once the function has called the guest. */
  #noteBefore: number | undefined

  private constructor(
    exports: WebAssembly.Exports,
    mode: ModeName,
    info: ModuleInfo,
    limits: RunLimits,
    states: HostStates,
  ) {
    this.#states = states
    this.#mode = mode
    this.#info = info
    this.#exports = exports
    this.#sinks = new Sinks(info.limits)
    this.#memory = this.#exports[memoryName(info.callable.exports)] as WebAssembly.Memory | undefined
    this.#meter = new Meter(this.#global(METER.gas))
    this.#global(METER.gas).value = limits.gas
    if (this.#exports[METER.pages] !== undefined) this.#global(METER.pages).value = limits.pages
  }

  /**
   * Instantiates a module with limits on gas and pages. No code of the guest runs yet. This is asynchronous, since browsers
   * refuse to instantiate large modules synchronously on the main thread. Throws faults of the host.
   */
  static async create(
    module: WebAssembly.Module,
    mode: ModeName,
    info: ModuleInfo,
    limits: RunLimits,
    { linked, inputs }: Imported,
  ): Promise<Machine> {
    let machine: Machine
    try {
      const states = new HostStates(inputs)
      const imports = importsOf(linked, states, () => machine)
      const { exports } = await WebAssembly.instantiate(module, imports)
      machine = new Machine(exports, mode, info, limits, states)
    } catch (error) {
      throw hostFault(error)
    }
    return machine
  }

  /** The remaining gas; negative if it ran out. */
  get gas(): bigint {
    return this.#meter.left
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
    return this.#info.limits.valueBytes
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
    this.#meter.settle()
    // The note of an earlier call is cleared. A call by a host function has the offset of the import's call site.
    if (this.#inHost) this.#noteBefore = this.#noteAtCall
    if (this.#mode === 'precise') this.#global(METER.trap).value = withNote(this.#noteBefore ?? 0)
    const answer = this.#enter(this.#exports[externalName(name)] as (...params: readonly Bits[]) => unknown, params)
    // In the fast modes the counter may have fallen below zero since the last check.
    if (this.gas < 0n) this.trap('out-of-gas')
    if (answer === undefined) return []
    return Array.isArray(answer) ? (answer as Bits[]) : [answer as Bits]
  }

  callChecked(name: string, params: readonly Bits[]): readonly Bits[] {
    const type = exportedFunction(this.#info.callable, name)
    if (isRejection(type) || !areBits(params, bitsOf(type.params))) this.trap('abi-violation')
    return this.call(name, ...params)
  }

  memory(): Uint8Array {
    if (this.#memory === undefined) return NO_MEMORY
    const { buffer } = this.#memory
    if (this.#bytes.buffer !== buffer) this.#bytes = new Uint8Array(buffer)
    return this.#bytes
  }

  range(pointer: number, length: number): Uint8Array {
    const [from, memory] = [pointer >>> 0, this.memory()]
    if (from + (length >>> 0) > memory.length) this.trap('memory-out-of-bounds')
    return memory.subarray(from, from + (length >>> 0))
  }

  charge(bytes: number): void {
    const { flat, perUnit } = this.#info.host
    this.pay(flat + perUnit * bytes)
  }

  pay(gas: number): void {
    if (this.#end !== undefined) throw this.#end
    if (!this.#meter.pay(gas)) this.trap('out-of-gas')
  }

  state<State>(module: HostModule<State>): State {
    return this.#states.of(module as HostModule) as State
  }

  sink(name: string): Sink {
    return this.#sinks.get(name)
  }

  trap(code: TrapCode, about?: AbortCall): never {
    if (this.#inHost) this.#global(METER.trap).value = withNote(this.#noteAtCall, code)
    throw (this.#end ??= new GuestTrap(code, this.#inHost, about))
  }

  exit(result: Result | PlainValue): never {
    const given = readResult(result)
    if (given === undefined || !fitsResult(given, this.#info.limits)) this.trap('abi-violation')
    // The counter is exact wherever a host function may end the run (src/instrument/boundary/endings.ts). It is not below zero,
    // since charging the price of this call has checked it.
    // Byte strings may be views of the guest's memory, so they are copied, after their size was checked.
    throw (this.#end ??= new GuestExit(readValueOf<Link>(given, 'the result', { link: plainLink, copyBytes: true })))
  }

  /**
   * Runs a host function. An error of its own becomes a fault, which passes through the guest's frames. So it cannot be taken for
   * a trap of the guest.
   */
  host<T>(work: () => T): T {
    const wasInHost = this.#inHost
    const noteBefore = this.#noteBefore
    this.#inHost = true
    this.#noteBefore = undefined
    try {
      const given = work()
      if (this.#end === undefined) return given
    } catch (error) {
      this.#end ??= this.#hostFault = failureOf(error)
    } finally {
      this.#meter.settle()
      this.#inHost = wasInHost
      this.#noteBefore = noteBefore
    }
    throw this.#end
  }

  /** While a host function runs: the value of the global `trap` at its call. Until the function calls the guest, it stays there. */
  get #noteAtCall(): number {
    return this.#noteBefore ?? (this.#global(METER.trap).value as number)
  }

  /**
   * The trap that an exception stands for, or the mode in which the run has to be repeated. Undefined if the engine trapped
   * where no trap was noted. Throws a fault for an exception that is no trap of the guest.
   *
   * The trap code is the one that instrumented code has noted. The engine's message only shows whether the engine ran out of
   * memory or stack, which is a fault.
   *
   * Modes other than the precise one decide no trap but out-of-gas, since their counter is exact only at checks and at the end
   * of a call. A module that watches for NaNs decides no trap at all, since it may have gone wrong after a NaN. Neither decides
   * a fault of a host function, which may not have happened in an exact run.
   */
  trapOf(error: unknown): TrapCode | Rerun | undefined {
    const watches = this.#exports[EXPORT.watches] !== undefined
    // The fault may follow from wrong bits of a NaN, or from a run that should have ended with out-of-gas.
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

  /** The position of the trap in the module. Undefined if it is unknown; only the precise mode knows it. */
  get trace(): TrapTrace | undefined {
    const offset = this.#mode === 'precise' ? offsetIn(this.#global(METER.trap).value as number) : undefined
    if (offset === undefined) return undefined
    const about = this.#end instanceof GuestTrap ? this.#end.about : undefined
    return about === undefined ? { offset } : { offset, abort: about }
  }

  /** Calls a function of the guest, and records the errors that it throws. */
  #enter(code: (...params: readonly Bits[]) => unknown, params: readonly Bits[]): unknown {
    try {
      return code(...params)
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) this.#raised = error
      throw (this.#end ??= error)
    }
  }
}

/** The fault for an error that a host function has thrown. */
function failureOf(error: unknown): Fault {
  if (error instanceof Fault) return error
  try {
    return shortageOf(error) ?? new Fault('host-function-failed', `a host function failed: ${String(error)}`, {}, error)
  } catch {
    return new Fault(
      'host-function-failed',
      'a host function failed, and the value that it threw cannot be read',
      {},
      error,
    )
  }
}
