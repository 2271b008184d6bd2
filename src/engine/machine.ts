/** An instance of an instrumented module on the host's own engine, with its meter. */
import { Fault } from '../base/fault.ts'
import { hostFault, shortageOf } from '../base/host-fault.ts'
import type { Bits, Guest } from '../abi/guest.ts'
import type { AbortCall, RunLimits, TrapCode, TrapTrace } from '../interface.ts'
import { ABORT_ARGUMENTS, EXPORT, externalName, memoryName, METER, noteIn, offsetIn } from '../instrument/edit/edit.ts'
import type { ModeName } from '../instrument/modes.ts'
import { LOG_IMPORT } from '../instrument/boundary/link-imports.ts'
import type { Facts } from './facts.ts'
import { Logs } from './logs.ts'

/** The guest's run has ended in a trap. Caught by `run`; never seen by users. */
export class GuestTrap extends Error {
  readonly code: TrapCode

  constructor(code: TrapCode) {
    super(code)
    this.code = code
  }
}

/** A run that has to be done again, from scratch: it has failed in a mode that cannot tell how. */
export interface Undecided {
  readonly next: ModeName
  /** Whether it may be that it need not have failed: it has kept more of the stack free than was needed. */
  readonly mayEndWell?: boolean
  /** Whether it met a NaN that somebody could have seen. */
  readonly metNan?: boolean
}

const NO_MEMORY = new Uint8Array(0)

export class Machine implements Guest {
  readonly #mode: ModeName
  readonly #facts: Facts
  readonly #exports: WebAssembly.Exports
  readonly #memory: WebAssembly.Memory | undefined
  readonly #logs: Logs
  /** What the guest's code has thrown: nothing else can be a trap of the engine's. */
  #raised: unknown

  private constructor(exports: WebAssembly.Exports, mode: ModeName, facts: Facts, limits: RunLimits) {
    this.#mode = mode
    this.#facts = facts
    this.#exports = exports
    this.#logs = new Logs(facts.logBytes)
    this.#memory = this.#exports[memoryName(facts.callable.exports)] as WebAssembly.Memory | undefined
    this.#global(METER.gas).value = limits.gas
    if (this.#exports[METER.pages] !== undefined) this.#global(METER.pages).value = limits.pages
  }

  /**
   * Instantiates with so much gas and so many pages, asynchronously: a page's main thread may not do it otherwise if the module
   * is large. Nothing of the guest runs yet. Throws faults of the host.
   */
  static async create(module: WebAssembly.Module, mode: ModeName, facts: Facts, limits: RunLimits): Promise<Machine> {
    const log = (pointer: number, length: number): void => machine.#log(pointer, length)
    let machine: Machine
    try {
      const { exports } = await WebAssembly.instantiate(module, { [LOG_IMPORT.module]: { [LOG_IMPORT.name]: log } })
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
    return this.#logs.bytes
  }

  get valueBytes(): number {
    return this.#facts.valueBytes
  }

  get memoryObject(): WebAssembly.Memory | undefined {
    return this.#memory
  }

  /** Runs the start function, if the module has one. */
  start(): void {
    if (this.#exports[EXPORT.start] !== undefined) this.call(EXPORT.start)
  }

  call(name: string, ...params: readonly Bits[]): readonly Bits[] {
    // What an earlier call noted is not where this one traps.
    if (this.#mode === 'precise') this.#global(METER.trap).value = 0
    const answer = this.#enter(this.#exports[externalName(name)] as (...params: readonly Bits[]) => unknown, params)
    // The fast mode may have spent more than there was since its last check.
    if (this.gas < 0n) this.trap('out-of-gas')
    if (answer === undefined) return []
    return Array.isArray(answer) ? (answer as Bits[]) : [answer as Bits]
  }

  memory(): Uint8Array {
    return this.#memory === undefined ? NO_MEMORY : new Uint8Array(this.#memory.buffer)
  }

  charge(bytes: number): void {
    const { flat, perUnit } = this.#facts.host
    const left = this.gas - BigInt(flat) - BigInt(perUnit) * BigInt(bytes)
    this.#global(METER.gas).value = left
    if (left < 0n) this.trap('out-of-gas')
  }

  trap(code: TrapCode): never {
    throw new GuestTrap(code)
  }

  /**
   * The trap that an exception stands for. The instrumented code has noted which one it would be, so nothing is read from
   * the engine's message, but that the engine had no memory or stack left. What the guest's own code did not raise is a
   * fault, and so is what is no trap of the engine's. Undefined for a trap that was not announced.
   *
   * Modes that are not precise know of out-of-gas alone: their counter is exact only where a call has returned, and at its
   * checks. What watches for NaNs may have met one and gone wrong before it got here, and knows nothing.
   */
  trapOf(error: unknown): TrapCode | Undecided | undefined {
    const thrown = error instanceof GuestTrap ? error.code : undefined
    if (thrown === undefined) {
      const fault = error === this.#raised ? shortageOf(error) : hostFault(error)
      if (fault !== undefined) throw fault
    }
    const noted = noteIn(this.#global(METER.trap).value as number)
    if (this.#exports[EXPORT.watches] !== undefined) return { next: 'steady', metNan: noted === 'nan' }
    if (thrown !== undefined) return thrown
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
    const noted = this.#global(METER.trap).value as number
    const offset = this.#mode === 'precise' ? offsetIn(noted) : undefined
    if (offset === undefined) return undefined
    return noteIn(noted) === 'abort' && this.#exports[ABORT_ARGUMENTS[0]] !== undefined
      ? { offset, abort: this.#abortCall() }
      : { offset }
  }

  #abortCall(): AbortCall {
    const [message, file, line, column] = ABORT_ARGUMENTS.map(name => (this.#global(name).value as number) >>> 0)
    const texts = { message: textAt(this.memory(), message!), file: textAt(this.memory(), file!) }
    return {
      ...(texts.message && { message: texts.message }),
      ...(texts.file && { file: texts.file }),
      line: line!,
      column: column!,
    }
  }

  /** Lets the guest's code run, and notes what it raises. */
  #enter(code: (...params: readonly Bits[]) => unknown, params: readonly Bits[]): unknown {
    try {
      return code(...params)
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) this.#raised = error
      throw error
    }
  }

  /**
   * Keeps what is logged. The guest has paid and its range is checked. What goes wrong here is the host's: as a fault it
   * passes through the guest and cannot be taken for its trap.
   */
  #log(pointer: number, length: number): void {
    try {
      this.#logs.append(this.memory().subarray(pointer >>> 0, (pointer >>> 0) + (length >>> 0)))
    } catch (error) {
      throw hostFault(error)
    }
  }
}

/** Longest text of a guest that is shown to people, in bytes. */
const MOST_TEXT = 4096

/** A string of AssemblyScript for people: UTF-16, its size in bytes in the word before it. Undefined if it does not lie in memory. */
function textAt(memory: Uint8Array, pointer: number): string | undefined {
  if (pointer < 4 || pointer > memory.length) return undefined
  const size = new DataView(memory.buffer, memory.byteOffset).getUint32(pointer - 4, true)
  if (pointer + size > memory.length) return undefined
  return new TextDecoder('utf-16le').decode(memory.slice(pointer, pointer + Math.min(size, MOST_TEXT)))
}
